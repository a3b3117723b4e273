import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import execa from 'execa';
import { startAccount, type Account } from '../../local/account';
import { certificateFiles } from '../../local/certificate';
import { pass, readAll, Relay } from '../../local/glue/relay';
import { paths } from '../../local/paths';
import { Workspace } from '../terraform';

const SECOND = 'us-west-2';
const directory = mkdtempSync(path.join(os.tmpdir(), 'second-region-'));
/** Requests for another Region than the second one, as `region service`. */
const refused: string[] = [];
let account: Account;
let front: https.Server;
let throughFront: Record<string, string>;

/** An endpoint that answers for the second Region, and refuses what is signed for another. */
beforeAll(async () => {
  account = await startAccount({ fresh: true, region: SECOND, directory: path.join(directory, 'account') });
  const { certificate, key } = certificateFiles(account.directory);
  const relay = new Relay(account.endpoint, readFileSync(certificate));
  front = https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
    const body = await readAll(request);
    const [, region, service] =
      /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    if (region === SECOND) return pass(await relay.ask(request, body), response);
    refused.push(`${region} ${service}`);
    response.writeHead(403).end();
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const endpoint = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
  throughFront = { ...account.environment, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_GLUE: endpoint };
});

afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await account.stop();
  rmSync(directory, { recursive: true });
});

function open(to: Pick<Account, 'environment'>, environment: string): Workspace {
  const workspace = new Workspace(directory, to, { PIPELINE_ENVIRONMENT: environment });
  workspace.synthesize();
  workspace.open(environment);
  return workspace;
}

test('the stack of the second Region can be planned while the first one refuses every request', async () => {
  const aws = (region: string) => execa('aws', ['kms', 'list-keys', '--region', region], { env: throughFront });
  await expect(aws('us-east-1')).rejects.toThrow('403');
  await expect(aws(SECOND)).resolves.toBeDefined();
  expect(refused.splice(0)).toEqual(['us-east-1 kms']);

  const workspace = open({ environment: throughFront }, 'prod-dr');
  // The endpoint answers in this process.
  const options = { cwd: workspace.folder, env: workspace.env };
  await execa('terraform', ['plan', '-input=false', '-out=second.plan'], options);
  const { resource_changes: changes } = JSON.parse(workspace.terraform('show', '-json', 'second.plan'));
  expect(changes.length).toBeGreaterThan(300);
  expect(refused).toEqual([]);
});

test.each([
  ['prod-dr', 'us-east-1', 'Environment prod-dr is deployed to us-west-2 and nowhere else: give --region us-west-2'],
  ['prod', 'us-west-2', 'Environment prod is deployed to us-east-1 and nowhere else: give --region us-east-1'],
  [
    'prod',
    'us-east-1',
    'Begin with that:\n  ./scripts/deploy.sh --environment prod-dr --region us-west-2 --action apply',
  ],
])('deploying %s to %s is refused, with what to do instead', async (environment, region, message) => {
  const check = ['-r', 'ts-node/register', 'scripts/deploy/check.ts', environment, region, 'plan'];
  const checked = execa(process.execPath, check, { cwd: paths.root, env: account.environment });
  await expect(checked).rejects.toMatchObject({ stderr: expect.stringContaining(message) });
});

test('the stack of the first Region cannot be planned before that of the second, and says what is missing', () => {
  const { stderr } = open(account, 'prod').run('plan', '-input=false', '-no-color');
  expect(stderr).toContain('alias/glue-etl-pipeline-prod-dr-data');
});
