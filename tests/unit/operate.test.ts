import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import execa from 'execa';
import { paths } from '../../local/paths';

/** What Amazon's SDK for Python consists of. */
const SDK = ['boto3', 'botocore', 'dateutil', 'jmespath', 's3transfer', 'six.py', 'urllib3'];
/** What the commands themselves need of a machine, beside Python. */
const PROGRAMS = ['bash', 'dirname'];
const BATCHES: string = JSON.parse(readFileSync(path.join(paths.root, 'package.json'), 'utf8')).scripts.batches;

let clone: string;
let server: Server;
let requests: IncomingMessage[];

/** A clone in which nothing is set up, and a PATH with a Python without packages, without Node, Terraform and the AWS CLI. */
beforeEach(async () => {
  clone = mkdtempSync(path.join(os.tmpdir(), 'operate-'));
  for (const part of ['scripts', 'glue-jobs', 'environments/names.json', 'requirements.txt'])
    cpSync(path.join(paths.root, part), path.join(clone, part), { recursive: true });
  mkdirSync(path.join(clone, 'bin'));
  for (const program of PROGRAMS) symlinkSync(realpathSync(`/bin/${program}`), path.join(clone, 'bin', program));
  execFileSync(path.join(paths.venv, 'python'), ['-m', 'venv', '--without-pip', path.join(clone, 'bare')]);
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(403).end('<ErrorResponse/>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.close();
  rmSync(clone, { recursive: true });
});

/** Ends of a command in the clone, with nothing in its environment but this. */
async function run(command: string, env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const [file = '', ...args] = command.split(' ');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: address };
  const variables = { PATH: `${clone}/bare/bin:${clone}/bin`, HOME: clone, ...keys, ...env };
  const options = { cwd: clone, env: variables, extendEnv: false, reject: false } as const;
  const { exitCode, stdout, stderr } = await execa(path.join(clone, file), args, options);
  return { code: exitCode, output: `${stdout}${stderr}` };
}

/** A PYTHONPATH that has Amazon's SDK and nothing else. */
function sdk(): string {
  const library = path.join(paths.venv, '..', 'lib');
  const [version] = readdirSync(library).filter((name) => name.startsWith('python'));
  const folder = path.join(clone, 'sdk');
  mkdirSync(folder);
  for (const name of SDK) symlinkSync(path.join(library, version!, 'site-packages', name), path.join(folder, name));
  return folder;
}

/** A PYTHONPATH on which each part of the SDK says that it was loaded. */
function alarmed(): string {
  const folder = path.join(clone, 'alarmed');
  mkdirSync(folder);
  for (const name of SDK) writeFileSync(path.join(folder, `${path.parse(name).name}.py`), `raise Exception("loaded")`);
  return folder;
}

test.each([
  ['scripts/dr.sh --help', 0, 'scripts/dr.sh failover --environment prod --to us-west-2'],
  ['scripts/dr.sh failover --help', 0, '--to REGION'],
  ['scripts/dr.sh status', 2, 'required: --environment'],
  [`${BATCHES} --help`, 0, 'npm run batches -- list --environment prod --dataset orders'],
  [`${BATCHES} replay --environment prod --dataset orders --from x --stage bake`, 2, "invalid choice: 'bake'"],
])('%s is answered where nothing is set up, without a package', async (command, code, said) => {
  const ended = await run(command, { PYTHONPATH: alarmed() });
  expect(ended).toEqual({ code, output: expect.stringContaining(said) });
});

test('scripts/dr.sh status asks DynamoDB with nothing but Python and boto3', async () => {
  const { output } = await run('scripts/dr.sh status --environment prod', { PYTHONPATH: sdk() });
  expect(output).toContain('neither us-east-1 nor us-west-2 answers');
  expect(requests[0]!.headers['x-amz-target']).toBe('DynamoDB_20120810.GetItem');
});

test('npm run batches asks STS with nothing but Python and boto3', async () => {
  const { output } = await run(`${BATCHES} list --environment prod --dataset orders`, { PYTHONPATH: sdk() });
  expect(output).toContain('AWS refused');
  expect(requests[0]!.headers.authorization).toContain('/sts/aws4_request');
});

test('an environment whose names are not known is an error that says which command adds them', async () => {
  const { code, output } = await run('scripts/dr.sh status --environment stage', { PYTHONPATH: sdk() });
  expect(code).toBe(2);
  expect(output).toContain('unknown environment stage, known are: dev, local, prod, prod-dr; `npm run names` adds');
});

// Python without pip stands for a registry that does not answer: pip fails either way.
test.each([
  ['status --environment prod', 'boto3'],
  ['failover --environment prod --to us-west-2', 'boto3 fastavro pyarrow'],
])('where pip fails, dr.sh %s says what it needs, and leaves nothing', async (command, needed) => {
  const { code, output } = await run(`scripts/dr.sh ${command}`);
  expect(code).toBe(2);
  expect(output).toMatch(new RegExp(`^dr: Python packages are missing.*: \\S+ -m pip install ${needed}$`, 'm'));
  expect(readdirSync(clone)).not.toContain('build');
  expect(requests).toEqual([]);
});
