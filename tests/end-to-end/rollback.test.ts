import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { paths } from '../../local/paths';
import { datasets, sharedAccount, shell, succeed } from './account';

/** Not of this project, or made by each set-up for itself. */
const NOT_COPIED = ['.git', '.venv', 'node_modules', 'build', 'cdktf.out', 'nycflights13', '__pycache__', 'tests'];

/** A repository of this project as somebody has it who deploys the account's contracts from it. */
const repository = mkdtempSync(path.join(os.tmpdir(), 'repository-'));
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], {
    cwd: repository,
    encoding: 'utf8',
  }).trim();
const inRepository = (command: string) => `cd ${repository} && ${command}`;
const deploy = inRepository('./scripts/deploy.sh --environment local --action apply --auto-approve');
const rollback = (...options: string[]) =>
  inRepository(`./scripts/rollback.sh --environment local ${options.join(' ')}`);
const deployed = () => JSON.parse(succeed(inRepository('npm run --silent release -- show --environment local'))).commit;

/** What tells the two releases apart: the code of a job, and a threshold. */
const script = () =>
  succeed(`
    job=glue-etl-pipeline-local-curate-airlines
    aws s3 cp "$(aws glue get-job --job-name $job --query Job.Command.ScriptLocation --output text)" -`).includes(
    '# second',
  );
const threshold = () =>
  succeed(
    `aws cloudwatch describe-alarms --query "MetricAlarms[?contains(AlarmName, 'memory')].Threshold | [0]"`,
  ).trim();

let [first, second] = ['', ''];
let before: { second: boolean; threshold: string };

beforeAll(async () => {
  await sharedAccount();
  for (const name of readdirSync(paths.root).filter((name) => !NOT_COPIED.includes(name))) {
    const filter = (file: string) => !NOT_COPIED.includes(path.basename(file));
    cpSync(path.join(paths.root, name), path.join(repository, name), { recursive: true, filter });
  }
  rmSync(path.join(repository, 'datasets'), { recursive: true });
  cpSync(datasets, path.join(repository, 'datasets'), { recursive: true });
  symlinkSync(path.join(paths.root, 'node_modules'), path.join(repository, 'node_modules'));
  mkdirSync(path.join(repository, 'build'));
  for (const name of ['setup.json', 'terraform.rc'])
    cpSync(path.join(paths.root, 'build', name), path.join(repository, 'build', name));
  git('init', '--quiet');
  first = commit('first');
  succeed(deploy);
  before = { second: script(), threshold: threshold() };

  const environment = path.join(repository, 'environments', 'local.ts');
  const changed = readFileSync(environment, 'utf8').replace('logRetentionDays: 7', '$&, memoryAlarmPercent: 70');
  writeFileSync(environment, changed);
  appendFileSync(path.join(repository, 'glue-jobs', 'curate.py'), '# second\n');
  second = commit('second');
  succeed(deploy);
});

afterAll(() => rmSync(repository, { recursive: true }));

function commit(message: string): string {
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD');
}

test('a release is on record by its commit', () => {
  expect([first, second]).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/), expect.stringMatching(/^[0-9a-f]{40}$/)]);
  expect(deployed()).toBe(second);
  expect({ second: script(), threshold: threshold() }).toEqual({ second: true, threshold: '0.7' });
});

test('one command puts back the code and the configuration of the release before', () => {
  expect(before).toEqual({ second: false, threshold: '0.85' });
  const output = succeed(rollback('--auto-approve'));
  expect(output).toContain(`Putting back release ${first} of local`);
  expect(deployed()).toBe(first);
  expect({ second: script(), threshold: threshold() }).toEqual(before);
});

test('and leaves the working copy as it is', () => {
  expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  expect(git('rev-parse', 'HEAD')).toBe(second);
  expect(git('status', '--porcelain')).toBe('');
});

test.each([
  ['a commit that is not known', '--to 0123456', 'is no commit that is known here'],
  ['what is no option', '--from x', "unknown argument '--from'"],
])('it refuses %s', (_, options, message) => {
  const { status, output } = shell(rollback(options));
  expect(status).not.toBe(0);
  expect(output).toContain(message);
  expect(deployed()).toBe(first);
});
