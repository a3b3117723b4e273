import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fastGlob from 'fast-glob';
import { paths } from '../../local/paths';
import { judge } from './judge';

/** What a judge prints about the repository, or another folder; nothing if it is content. */
function complaints(program: string, args: string[], cwd = paths.root): string {
  const { status, stdout, stderr } = spawnSync(judge(program), args, { cwd, encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

const workflow = (line: string) => `on: push
permissions: {}
jobs:
  job:
    runs-on: ubuntu-24.04
    steps:
      - run: ${line}
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'workflows-'));
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  mkdirSync(path.join(folder, '.github', 'workflows'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true }));

function broken(line: string): string {
  writeFileSync(path.join(folder, '.github', 'workflows', 'broken.yml'), workflow(line));
  return folder;
}

describe('actionlint, with shellcheck on the commands of steps', () => {
  const actionlint = (cwd?: string) => complaints('actionlint', ['-shellcheck', judge('shellcheck'), '-no-color'], cwd);

  test('finds nothing in the workflows', () => expect(actionlint()).toBe(''));

  test('would find an unknown context', () => expect(actionlint(broken('echo ${{ gitub.sha }}'))).toMatch(/gitub/));

  test('would find an unquoted variable', () => expect(actionlint(broken('rm $HOME/x'))).toMatch(/SC2086/));
});

describe('zizmor', () => {
  const zizmor = (cwd?: string) => complaints('zizmor', ['--offline', '--no-progress', '.github'], cwd);

  test('finds no weakness in the workflows', () => expect(zizmor()).toBe(''));

  test('would find what others can write into a command', () =>
    expect(zizmor(broken('echo "${{ github.event.issue.title }}"'))).toMatch(/template-injection/));
});

test('shellcheck finds nothing in the scripts', () => {
  const scripts = fastGlob.sync(['scripts/**/*.sh', '.github/**/*.sh', '.ci/run'], { cwd: paths.root, dot: true });
  expect(scripts.length).toBeGreaterThan(3);
  expect(complaints('shellcheck', scripts)).toBe('');
});

describe("Checkov's search for secrets", () => {
  /** What it finds in the files that Git knows. */
  function secrets(root: string): string[] {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    const list = files.toString().split('\0').filter(Boolean);
    const options = ['--framework', 'secrets', '--output', 'json', '--compact', '--skip-download'];
    const args = [...options, '--file', ...list];
    const result = spawnSync(judge('checkov'), args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
    if (result.status !== 0 && result.status !== 1)
      throw new Error(`checkov ended with ${result.status}: ${result.stderr}`);
    const { results } = JSON.parse(result.stdout) as { results?: { failed_checks: { file_path: string }[] } };
    return (results?.failed_checks ?? []).map(({ file_path }) => file_path);
  }

  test('finds none in the repository', () => expect(secrets(paths.root)).toEqual([]));

  test('would find one', () => {
    const key = `AKIA${'QYLPMN5HFIQR7XYA'}`;
    writeFileSync(path.join(folder, 'settings.sh'), `export AWS_ACCESS_KEY_ID=${key}\n`);
    expect(secrets(folder)).toEqual(['/settings.sh']);
  });
});
