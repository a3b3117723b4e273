import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import { onlyRegionOf } from '../../environments/second-region';
import { Account, startAccount } from '../../local/account';
import type { Block } from '../infrastructure/synth';
import { Workspace } from '../terraform';
import { makeSecondRegions } from '../judges/plan';
import { makeSlice } from '../end-to-end/slice';
import { changesOf, notReadBack, ofOurs, stale } from '../end-to-end/plans';

/** What is deployed to AWS, in an account of its own: `DEPLOYED_ENVIRONMENTS=dev,prod,prod-dr` for all; each takes minutes. */
const ENVIRONMENTS = (process.env.DEPLOYED_ENVIRONMENTS ?? 'dev').split(',');

/** What the emulator cannot hold, by how it fails; all else of an environment must be made, read, and deleted. */
const NOT_HELD = [
  {
    type: 'aws_glue_data_catalog_encryption_settings',
    error: /Unknown Glue action: PutDataCatalogEncryptionSettings/,
  },
  { type: 'aws_cloudwatch_query_definition', error: /Unknown action: PutQueryDefinition/ },
  // It is made, but the provider asks for its tags.
  { type: 'aws_config_config_rule', error: /Unknown Config action: ListTagsForResource/ },
  // It is made, but without the prefix list that it leads to.
  { type: 'aws_vpc_security_group_egress_rule', error: /"requires replacement" on aws_vpc_security_group_egress_rule/ },
];

/** As Terraform reaches the emulator. */
const PROVIDER = {
  provider: {
    aws: [
      { s3_use_path_style: true, max_retries: 3, skip_credentials_validation: true, skip_metadata_api_check: 'true' },
    ],
  },
};

interface Failure {
  readonly address: string;
  readonly type: string;
  readonly text: string;
}

/** Errors in the output of `terraform … -json`. */
function failuresIn(output: string): Failure[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const messages = lines.map((line) => JSON.parse(line) as { '@level': string; diagnostic?: Block });
  return messages
    .filter(({ '@level': level, diagnostic }) => level === 'error' && diagnostic)
    .map(({ diagnostic }) => {
      const text = `${diagnostic!.summary} ${diagnostic!.detail}`;
      // Of some the address stands in the text alone.
      const address: string = diagnostic!.address ?? / on (aws_\w+\.[\w-]+)/.exec(text)?.[1] ?? '';
      return { address, type: address.split('.')[0]!, text };
    });
}

const isNotHeld = (failure: Failure) =>
  NOT_HELD.some(({ type, error }) => type === failure.type && error.test(failure.text));

describe.each(ENVIRONMENTS)('%s', (environment) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'deployed-'));
  const failures: Failure[] = [];
  let account: Account;
  let workspace: Workspace;
  let resource: Record<string, Record<string, Block>>;

  /** Runs Terraform and keeps what failed; none of it may be for a reason that is not known. */
  function run(...args: string[]): void {
    const found = failuresIn(workspace.run(...args, '-input=false', '-json').stdout);
    expect(found.filter((failure) => !isNotHeld(failure))).toEqual([]);
    failures.push(...found);
  }

  const addresses = () =>
    workspace
      .terraform('state', 'list')
      .split('\n')
      .filter((line) => /^aws_/.test(line));

  beforeAll(async () => {
    const datasets = path.join(directory, 'datasets');
    makeSlice(datasets);
    const region = onlyRegionOf(loadEnvironment(environment)) ?? 'us-east-1';
    account = await startAccount({ fresh: true, region, directory: path.join(directory, 'account') });
    if (loadEnvironment(environment).disasterRecovery) makeSecondRegions(account);
    const settings = { PIPELINE_ENVIRONMENT: environment, PIPELINE_DATASETS: datasets };
    workspace = new Workspace(directory, account, settings);
    workspace.synthesize();
    resource = workspace.open(environment, PROVIDER);
  });

  afterAll(async () => {
    await account?.stop();
    rmSync(directory, { recursive: true });
  });

  test('is deployed but for what the emulator cannot hold', () => {
    run('apply', '-auto-approve', '-parallelism=20');
    const wanted = Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((id) => `${type}.${id}`));
    const held = addresses();
    const missing = wanted.filter((address) => !held.includes(address));
    process.stdout.write(`${environment}: ${wanted.length} resources, ${missing.length} not held\n`);
    expect(missing.filter((address) => !NOT_HELD.some(({ type }) => address.startsWith(`${type}.`)))).toEqual([]);
  });

  test('a second plan changes nothing but what the emulator does not read back', () => {
    run('plan');
    const expected = NOT_HELD.filter(({ type }) => type in resource).map(({ type }) => type);
    expect([...new Set(failures.map(({ type }) => type))].sort()).toEqual(expected.sort());
    const failed = new Set(failures.map(({ address }) => address));
    workspace.terraform('state', 'rm', ...addresses().filter((address) => failed.has(address)));
    workspace.terraform('plan', '-input=false', '-out=second.plan');
    const changes = changesOf(workspace.terraform('show', '-json', 'second.plan'));
    const known = notReadBack().filter(
      ({ type, environment: only }) => type in resource && (only ?? environment) === environment,
    );
    expect(
      ofOurs(changes, known).filter(({ address, action }) => !(failed.has(address) && action === 'create')),
    ).toEqual([]);
    expect(stale(changes, known)).toEqual([]);
  });

  test('is destroyed to the last, or not at all', () => {
    const before = addresses();
    const { exitCode, stderr } = workspace.run('destroy', '-input=false', '-auto-approve', '-parallelism=20');
    if (loadEnvironment(environment).storage.deletionProtection) {
      expect(stderr).toMatch(/Instance cannot be destroyed/);
      expect(addresses()).toEqual(before);
    } else {
      expect(exitCode === 0 ? '' : stderr).toBe('');
      expect(addresses()).toEqual([]);
    }
  });
});
