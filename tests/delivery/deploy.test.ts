import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  ListBucketsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import execa from 'execa';
import { clientConfig, startAccount, type Account } from '../../local/account';
import { paths } from '../../local/paths';
import { makeSlice } from '../end-to-end/slice';
import { assumeDeployer } from './deployer';

const directory = mkdtempSync(path.join(os.tmpdir(), 'deploy-'));
const datasets = path.join(directory, 'datasets');
const plan = path.join(directory, 'plans', 'first.tfplan');
const BUCKET = 'glue-etl-pipeline-local-terraform-state';
const LOCK = {
  TableName: 'glue-etl-pipeline-local-terraform-locks',
  Key: { LockID: { S: `${BUCKET}/terraform.tfstate` } },
};
/** Who may do everything, in other environments, too. */
const ROOT = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_SESSION_TOKEN: '' };
let account: Account;
let s3: S3Client;
let dynamo: DynamoDBClient;
/** Of a role that may do what `npm run deploy-policy` says, and nothing else: the emulated IAM refuses the rest. */
let credentials: NodeJS.ProcessEnv;

beforeAll(async () => {
  makeSlice(datasets);
  // One data set has a resource of each type.
  for (const file of ['flights.odcs.yaml', 'carrier_performance.odcs.yaml']) rmSync(path.join(datasets, file));
  account = await startAccount({ fresh: true, region: 'us-east-1', directory: path.join(directory, 'account') });
  s3 = new S3Client({ ...clientConfig(account), forcePathStyle: true });
  dynamo = new DynamoDBClient(clientConfig(account));
  credentials = await assumeDeployer(account, 'local', datasets);
});

afterAll(async () => {
  await account?.stop();
  rmSync(directory, { recursive: true });
});

const script = (action: string, ...options: string[]) => ['--environment', 'local', '--action', action, ...options];
const env = (changes: NodeJS.ProcessEnv = {}) => ({
  ...process.env,
  ...account.environment,
  ...credentials,
  PIPELINE_DATASETS: datasets,
  ...changes,
});

/** Runs the script to its end. */
function deploy(args: string[], changes?: NodeJS.ProcessEnv) {
  const options = { cwd: paths.root, env: env(changes), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync('./scripts/deploy.sh', args, options);
  return { status, output: stdout + stderr, milliseconds: Date.now() - started };
}

/** Runs a command of package.json. */
function npm(name: string, ...args: string[]) {
  const options = { cwd: paths.root, env: env(), encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', name, '--', ...args], options);
  return { status, output: stdout + stderr };
}

const locked = async () => (await dynamo.send(new GetItemCommand(LOCK))).Item !== undefined;

describe('before anything is done, it refuses', () => {
  test.each<[string, string[], NodeJS.ProcessEnv, number, string]>([
    ['no credentials', script('plan'), { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, 2, "run 'aws configure'"],
    ['wrong credentials', script('plan'), { AWS_ACCESS_KEY_ID: 'AKIANOBODY' }, 2, 'does not accept your credentials'],
    ['no way to AWS', script('plan'), { AWS_ENDPOINT_URL: 'https://127.0.0.1:9' }, 2, 'AWS cannot be reached'],
    ['no Region', script('plan', '--region', 'us-east'), {}, 2, "'us-east' is no Region of AWS, such as us-east-1"],
    ['no environment', ['--environment', 'test', '--action', 'plan'], {}, 2, 'Known ones: dev, local, prod'],
    ['no such action', script('deploy'), {}, 2, 'bootstrap, plan, apply, destroy or output'],
    ['a plan that is not there', script('apply', '--plan-file', 'none.tfplan'), {}, 2, 'none.tfplan is not there'],
    ['a name that is another', script('destroy', '--confirm', 'dev'), {}, 2, "--confirm is 'dev'"],
    ['to destroy nothing', script('destroy', '--confirm', 'local'), {}, 1, 'nothing to destroy'],
    [
      'to destroy prod',
      ['--environment', 'prod', '--action', 'destroy', '--confirm', 'prod'],
      {},
      1,
      'environments/prod.ts',
    ],
    ['outputs of nothing', script('output'), {}, 1, 'is not deployed'],
  ])('%s', async (_, args, changes, expected, message) => {
    const { status, output } = deploy(args, changes);
    expect(output).toContain(message);
    expect(output).not.toContain('    at ');
    expect(status).toBe(expected);
    expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  });
});

describe('bootstrap', () => {
  test('makes a bucket that is versioned, encrypted and TLS only, and puts it right when it is run again', async () => {
    expect(deploy(script('bootstrap'))).toMatchObject({ status: 0 });
    const suspended = { VersioningConfiguration: { Status: 'Suspended' as const } };
    await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, ...suspended }));
    expect(deploy(script('bootstrap'))).toMatchObject({ status: 0 });
    const [versioning, encryption, policy] = await Promise.all([
      s3.send(new GetBucketVersioningCommand({ Bucket: BUCKET })),
      s3.send(new GetBucketEncryptionCommand({ Bucket: BUCKET })),
      s3.send(new GetBucketPolicyCommand({ Bucket: BUCKET })),
    ]);
    expect(versioning.Status).toBe('Enabled');
    const [rule] = encryption.ServerSideEncryptionConfiguration!.Rules!;
    expect(rule!.ApplyServerSideEncryptionByDefault!.SSEAlgorithm).toBe('aws:kms');
    expect(JSON.parse(policy.Policy!).Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
    expect(await locked()).toBe(false);
  });
});

describe('a plan', () => {
  let made: ReturnType<typeof deploy>;
  beforeAll(() => {
    made = deploy(script('plan', '--plan-file', plan));
  });

  test('is written with all that belongs to it, and summarized', () => {
    expect(made).toMatchObject({ status: 0 });
    expect(made.output).toMatch(/local in us-east-1: \d{3} to add, 0 to change, 0 to replace, 0 to destroy/);
    expect(made.output).toMatch(
      /Cost a month \(1\)\n {2}\$\d+\.\d\d, after 12 months of data; nothing is deployed yet/,
    );
    const stem = plan.replace('.tfplan', '');
    expect(readFileSync(`${stem}.md`, 'utf8')).toMatch(/^## Plan for local in us-east-1: \d{3} to add/);
    expect(JSON.parse(readFileSync(`${stem}.json`, 'utf8')).resource_changes.length).toBeGreaterThan(100);
    const { digests, ...origin } = JSON.parse(readFileSync(`${stem}.origin.json`, 'utf8'));
    expect(origin).toMatchObject({ environment: 'local', region: 'us-east-1', account: '000000000000' });
    expect(Object.keys(digests.artefacts)).toEqual(expect.arrayContaining(['ingest.py', 'monitoring-lambda.zip']));
  });

  test('is for its environment and its Region alone', () => {
    const other = deploy(['--environment', 'dev', '--action', 'apply', '--plan-file', plan], ROOT);
    expect(other.output).toContain('it is for environment local, and not for dev');
    const elsewhere = deploy(script('apply', '--plan-file', plan, '--region', 'eu-west-1'));
    expect(elsewhere.output).toContain('it is for region us-east-1, and not for eu-west-1');
    expect([other.status, elsewhere.status]).toEqual([1, 1]);
  });
});

describe('an apply that is interrupted', () => {
  let ended: { code: number; output: string };
  let second: ReturnType<typeof deploy>;

  beforeAll(async () => {
    // In a group of its own, as a terminal's foreground job is.
    const options = { cwd: paths.root, env: env(), detached: true, all: true, reject: false } as const;
    const apply = execa('./scripts/deploy.sh', script('apply', '--plan-file', plan), options);
    let output = '';
    apply.all!.setEncoding('utf8').on('data', (text) => (output += text));
    while (!output.includes('Creation complete') && apply.exitCode === null) await sleep(100);
    if (apply.exitCode !== null) throw new Error(`The apply has ended by itself:\n${output}`);
    second = deploy(script('apply', '--plan-file', plan));
    process.kill(-apply.pid!, 'SIGINT');
    ended = { code: (await apply).exitCode, output };
  });

  test('kept another one from starting, which was told by whom', () => {
    expect(second.status).toBe(1);
    expect(second.output).toMatch(/is locked: \S+@\S+ has been at 'OperationTypeApply' since .* \(0 minutes\)/);
    expect(second.output).toContain('aws dynamodb delete-item');
  });

  test('ends what it was doing, writes the state and leaves no lock', async () => {
    expect(ended.output).toMatch(/Interrupt received/);
    expect(ended.code).toBe(130);
    expect(await locked()).toBe(false);
  });

  test('makes its plan stale, which is said and changes nothing', () => {
    const { status, output } = deploy(script('apply', '--plan-file', plan));
    expect(status).toBe(1);
    expect(output).toMatch(/something was deployed since: the state was at serial \d+, and is at \d+. Plan again/);
  });

  test('keeps the environment where it is', () => {
    const { status, output } = deploy(script('plan', '--region', 'eu-west-1'));
    expect(status).toBe(1);
    expect(output).toContain('Environment local is deployed in us-east-1 of account 000000000000');
  });

  test('goes on from there when it is run again, and is a release then', () => {
    const again = deploy(script('apply', '--auto-approve'));
    expect(again.status === 0 ? '' : again.output.slice(-5000)).toBe('');
    expect(npm('release', 'list', '--environment', 'local').output).toMatch(/│ no +│ is deployed/);
    expect(npm('release', 'mark-tested', '--environment', 'local')).toMatchObject({ status: 0 });
    expect(JSON.parse(npm('release', 'show', '--environment', 'local').output).testedAt).toMatch(/^\d{4}-/);
  });

  test('leaves what destroy takes away, once its name is given', async () => {
    const unnamed = deploy(script('destroy', '--auto-approve'));
    expect(unnamed).toMatchObject({ status: 2 });
    expect(unnamed.output).toContain('there is no terminal to ask');
    expect(deploy(script('destroy', '--confirm', 'local'))).toMatchObject({ status: 0 });
    const left = (await s3.send(new ListBucketsCommand({}))).Buckets!.map(({ Name }) => Name);
    expect(left).toEqual([BUCKET]);
    expect(await locked()).toBe(false);
  });
});

test('who is told to release a lock releases it, and no later one', async () => {
  const held = { ID: '11111111-2222-3333-4444-555555555555', Operation: 'OperationTypePlan', Who: 'me@here' };
  const Info = JSON.stringify({ ...held, Created: new Date(Date.now() - 600_000).toISOString() });
  const put = (info: string) => {
    const item = JSON.stringify({ LockID: LOCK.Key.LockID, Info: { S: info } });
    const command = ['dynamodb', 'put-item', '--table-name', LOCK.TableName, '--item', item];
    return execa(path.join(paths.venv, 'aws'), command, { env: env() });
  };
  await put(Info);
  const { output } = deploy(script('plan'));
  expect(output).toContain("me@here has been at 'OperationTypePlan' since");
  expect(output).toContain('(10 minutes)');
  const command = output.slice(output.indexOf('aws dynamodb'));
  const release = () => spawnSync('bash', ['-c', command], { env: env(), encoding: 'utf8' });
  await put(Info.replace('11111111', '99999999'));
  expect(release().stderr).toContain('ConditionalCheckFailed');
  await put(Info);
  expect(release()).toMatchObject({ status: 0 });
  expect(await locked()).toBe(false);
});
