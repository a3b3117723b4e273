import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { environmentNames, loadEnvironment } from '../../environments';

jest.setTimeout(180_000);

const root = path.resolve(__dirname, '..', '..');
const outdir = mkdtempSync(path.join(os.tmpdir(), 'synth-'));
// One folder for all stacks: they have one provider, which is large.
const terraformFolder = path.join(outdir, 'terraform');
const settings = path.join(root, 'build', 'terraform.rc');
const env = { ...process.env, CHECKPOINT_DISABLE: '1', ...(existsSync(settings) && { TF_CLI_CONFIG_FILE: settings }) };

const deployed = environmentNames().filter((name) => !loadEnvironment(name).provider.emulated);
const stacks = [...environmentNames(), ...deployed.map((name) => `${name}-delivery`)];

function synthesized(stack: string): string {
  return path.join(outdir, 'stacks', `glue-etl-pipeline-${stack}`);
}

beforeAll(() => {
  execFileSync(process.execPath, ['-r', 'ts-node/register/transpile-only', 'main.ts'], {
    cwd: root,
    env: { ...env, CDKTF_OUTDIR: outdir },
  });
  cpSync(synthesized('dev'), terraformFolder, { recursive: true });
  execFileSync('terraform', ['init', '-backend=false', '-input=false'], { cwd: terraformFolder, env });
});

afterAll(() => rmSync(outdir, { recursive: true }));

test.each(stacks)('Terraform finds the stack of %s valid', (stack) => {
  cpSync(synthesized(stack), terraformFolder, { recursive: true });
  const { status, stdout, stderr } = spawnSync('terraform', ['validate', '-no-color'], {
    cwd: terraformFolder,
    env,
    encoding: 'utf8',
  });
  expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
});
