import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { paths } from '../../local/paths';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'scripts-'));
  cpSync(path.join(paths.root, '.github/scripts'), path.join(folder, '.github/scripts'), { recursive: true });
  mkdirSync(path.join(folder, 'build/plan'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true }));

const calls = () => {
  const log = path.join(folder, 'calls');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
};

/** Writes a program that stands in for one that a script calls, and notes its arguments. */
function program(file: string, body = ''): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), `#!/usr/bin/env bash\n${body}\necho "$*" >>"${folder}/calls"\n`);
  chmodSync(path.join(folder, file), 0o755);
}

function run(script: string, options: string[] = [], environment: Record<string, string> = {}): number | null {
  const PATH = `${path.join(folder, 'bin')}${path.delimiter}${process.env.PATH}`;
  const file = path.join(folder, '.github/scripts', script);
  return spawnSync(file, ['dev', ...options], { env: { ...process.env, PATH, ...environment }, encoding: 'utf8' })
    .status;
}

describe('deploy.sh', () => {
  const plan = '--environment dev --action plan --plan-file build/plan/plan.tfplan';

  test('plans, and acknowledges nothing', () => {
    program('scripts/deploy.sh');
    expect([run('deploy.sh', ['plan']), calls()]).toEqual([0, [plan]]);
  });

  test('acknowledges what it is told to', () => {
    program('scripts/deploy.sh');
    run('deploy.sh', ['plan'], { ACKNOWLEDGE: 'aws_s3_bucket.a  aws_kms_key.b:encryption' });
    expect(calls()).toEqual([`${plan} --acknowledge aws_s3_bucket.a --acknowledge aws_kms_key.b:encryption`]);
  });

  test('applies that plan, with the record of what was tested', () => {
    program('scripts/deploy.sh');
    writeFileSync(path.join(folder, 'build/plan/release.json'), '{}');
    run('deploy.sh', ['apply']);
    const options = '--auto-approve --release build/plan/release.json';
    expect(calls()).toEqual([`${plan.replace('action plan', 'action apply')} ${options}`]);
  });

  test('fails as the plan does', () => {
    program('scripts/deploy.sh', 'exit 1');
    expect(run('deploy.sh', ['plan'])).toBe(1);
  });
});

describe('terraform.sh, which cdktf runs', () => {
  const plan = () => path.join(folder, 'judged.tfplan');

  function configure(value: string): void {
    const content = { resource: { terraform_data: { it: { input: value } } } };
    writeFileSync(path.join(folder, 'main.tf.json'), JSON.stringify(content));
  }

  function terraform(command: string, ...args: string[]): { status: number | null; stderr: string } {
    const env = { ...process.env, PIPELINE_PLAN: plan(), CHECKPOINT_DISABLE: '1' };
    return spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  }

  const applyAsCdktf = () => terraform(path.join(paths.root, 'scripts/deploy/terraform.sh'), 'apply', '-auto-approve');
  const applied = () => readFileSync(path.join(folder, 'terraform.tfstate'), 'utf8');

  beforeEach(() => {
    configure('judged');
    terraform('terraform', 'init');
    expect(terraform('terraform', 'plan', `-out=${plan()}`).status).toBe(0);
  });

  test('applies the plan that was judged, and not what a plan would be now', () => {
    configure('not judged');
    expect(applyAsCdktf().status).toBe(0);
    expect(applied()).toContain('"judged"');
  });

  test('refuses it where the state has moved', () => {
    configure('of somebody else');
    terraform('terraform', 'apply', '-auto-approve');
    expect(applyAsCdktf()).toMatchObject({ status: 1, stderr: expect.stringContaining('Saved plan is stale') });
    expect(applied()).toContain('"of somebody else"');
  });
});

describe('report-drift.sh', () => {
  const changed = { address: 'aws_glue_job.it', change: { actions: ['update'] } };
  const asCoded = { address: 'aws_s3_bucket.it', change: { actions: ['no-op'] } };
  const undeployed = { address: 'aws_sqs_queue.new', change: { actions: ['create'] } };

  /** What the script has GitHub do after a plan, where such an issue is open or none. */
  function report(drift: { address: string }[], openIssue?: number): { status: number | null; calls: string[] } {
    const plan = { resource_drift: drift, resource_changes: [changed, asCoded, undeployed] };
    writeFileSync(path.join(folder, 'build/plan/plan.json'), JSON.stringify(plan));
    program('scripts/deploy.sh', 'exit 0');
    program('bin/gh', `[[ $2 != list ]] || { echo "${openIssue ?? ''}"; exit; }`);
    return { status: run('report-drift.sh'), calls: calls() };
  }

  test('opens an issue that says what was changed', () => {
    const body = 'build/plan/plan.drift.md';
    expect(report([changed])).toEqual({
      status: 0,
      calls: [`issue create --title Drift in dev --body-file ${body}`],
    });
    expect(readFileSync(path.join(folder, body), 'utf8')).toMatch(/^- `aws_glue_job\.it`: update$/m);
  });

  test('brings an issue that is open up to date, and opens no other', () => {
    expect(report([changed], 7).calls).toEqual(['issue edit 7 --body-file build/plan/plan.drift.md']);
  });

  test('closes it once there is no drift', () => {
    expect(report([], 7).calls).toEqual([expect.stringMatching(/^issue close 7 /)]);
  });

  test('says nothing where there is none, be there something to deploy', () => {
    expect(report([])).toEqual({ status: 0, calls: [] });
  });

  test('says nothing of what AWS sets by itself', () => expect(report([asCoded]).calls).toEqual([]));

  test('fails where there is no plan', () => {
    program('scripts/deploy.sh', 'exit 1');
    program('bin/gh');
    expect([run('report-drift.sh'), calls()]).toEqual([1, []]);
  });
});
