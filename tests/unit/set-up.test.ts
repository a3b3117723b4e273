import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { paths } from '../../local/paths';

let folder: string;

beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'set-up-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Result of an expression over a module of scripts/setup/, or of a copy of it. */
function evaluate(module: string, expression: string, root = paths.root, env: Record<string, string> = {}): unknown {
  const code = `const it = require('./scripts/${module}');
    Promise.resolve(${expression}).then((found) => console.log(JSON.stringify(found ?? null)));`;
  const { PATH = '' } = process.env;
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { cwd: root, env: { PATH, ...env } }).toString());
}

describe('purposes', () => {
  const { PURPOSES, STEPS } = evaluate('setup', '({ PURPOSES: it.PURPOSES, STEPS: it.STEPS })') as {
    PURPOSES: Record<string, string[]>;
    STEPS: Record<string, { after?: string[] }>;
  };

  test.each([
    ['--help', 0],
    ['nonsense', 2],
  ])('are named for %s, which installs nothing', (purpose, code) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/setup.js', purpose], {
      cwd: paths.root,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([code, code === 0 ? '' : "unknown purpose 'nonsense'\n"]);
    for (const name of [...Object.keys(PURPOSES), 'operate']) expect(stdout).toContain(name);
    expect(stdout).not.toContain('Setting up');
  });

  test('install what they use and nothing else', () => {
    expect(PURPOSES).toEqual({
      deploy: ['node', 'terraform', 'wheels'],
      check: ['node', 'python', 'java', 'jars', 'classes', 'data'],
      start: ['node', 'python', 'java', 'jars', 'classes', 'data', 'terraform', 'wheels', 'emulator'],
      test: Object.keys(STEPS),
    });
  });

  test.each(Object.keys(PURPOSES))('%s has what its steps need, before them', (purpose) => {
    const order = Object.keys(STEPS).filter((id) => PURPOSES[purpose]!.includes(id));
    for (const [index, id] of order.entries())
      expect(order.slice(0, index)).toEqual(expect.arrayContaining(STEPS[id]!.after ?? []));
  });
});

describe('a step', () => {
  /** Sets up one step, whose program writes its output first, and its process id, and then goes on for some seconds. */
  const program = (seconds: number) => `
    const { endOnSignals, run } = require('./scripts/setup/run');
    endOnSignals();
    const step = { name: 'it', inputs: [], output: ${JSON.stringify(path.relative(paths.root, folder) + '/output')} };
    const command = 'echo $$ >${folder}/output; sleep ${seconds}';
    step.install = () => run('bash', ['-c', command]);
    require('./scripts/setup/steps').runSteps({ step }, '${folder}');`;
  const options = { cwd: paths.root, encoding: 'utf8' } as const;
  const setUp = (seconds = 0) => spawnSync(process.execPath, ['-e', program(seconds)], options).stdout;
  const output = () => path.join(folder, 'output');

  async function begun() {
    const child = spawn(process.execPath, ['-e', program(60)], { cwd: paths.root });
    while (!existsSync(output()) || !readFileSync(output(), 'utf8')) await sleep(20);
    return child;
  }

  test('is done once, and again where its output is gone', () => {
    expect(setUp()).toMatch(/^Set up it: \d+ s$/m);
    expect(setUp()).toBe('');
    rmSync(output());
    expect(setUp()).toContain('Set up it');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('that %s interrupts ends with what it has started, and is done again', async (signal, code) => {
    expect(setUp()).toContain('Set up it');
    rmSync(output());
    const child = await begun();
    const pid = Number(readFileSync(output(), 'utf8'));
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([code, null]);
    while (existsSync(`/proc/${pid}`)) await sleep(20);
    expect(existsSync(path.join(folder, 'setup.lock'))).toBe(false);
    expect(setUp()).toContain('Set up it');
  });

  test('whose set-up is killed is done again, whatever was there', async () => {
    const child = await begun();
    const pid = Number(readFileSync(output(), 'utf8'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(setUp()).toContain('Set up it');
    process.kill(-pid);
  });

  test('is waited for by a second set-up, which then has nothing to do', async () => {
    const first = spawn(process.execPath, ['-e', program(2)], { cwd: paths.root });
    while (!existsSync(output())) await sleep(20);
    const said = setUp();
    expect(said).toMatch(new RegExp(`^Waiting for another set-up \\(process ${first.pid}, `));
    expect(said).not.toContain('Set up it');
  });
});

describe('node packages', () => {
  const installed = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } };
  const locked = { '': {}, ...installed };

  /** Whether they are current where npm has left this. */
  function isCurrent(packages: object, wanted: object = locked): unknown {
    mkdirSync(path.join(folder, 'node_modules'));
    cpSync(path.join(paths.root, 'scripts'), path.join(folder, 'scripts'), { recursive: true });
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ packages: wanted }));
    writeFileSync(path.join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
    return evaluate('setup/installs', 'it.areNodePackagesCurrent()', folder);
  }

  test('that `npm ci` has installed count', () => expect(isCurrent(installed)).toBe(true));
  test('for other machines are not missing', () => {
    const other = { 'node_modules/c': { version: '3.0.0', optional: true } };
    expect(isCurrent(installed, { ...locked, ...other })).toBe(true);
  });
  test('are not current where one is missing', () =>
    expect(isCurrent({ 'node_modules/a': { version: '1.0.0' } })).toBe(false));
  test('are not current in another version', () =>
    expect(isCurrent({ ...installed, 'node_modules/b': { version: '2.0.1' } })).toBe(false));
});

describe('the mirror of the AWS provider', () => {
  const VERSION = '5.100.0';
  const provider = (place: string, version: string) =>
    mkdirSync(path.join(folder, place, 'registry.terraform.io/hashicorp/aws', version), { recursive: true });
  /** What is taken for one with this home folder. */
  const chosen = (isReachable: boolean, named: Record<string, string> = {}) =>
    evaluate('setup/terraform', `it.chooseMirror('${VERSION}', async () => ${isReachable})`, paths.root, {
      HOME: folder,
      ...named,
    });

  test('is none where the registry answers', () => {
    provider('mirror', VERSION);
    expect(chosen(true)).toBeNull();
  });

  test('is one that lies about where it does not, if it has the version', () => {
    provider('a', '5.99.0');
    provider('mirror', VERSION);
    expect(chosen(false)).toBe(path.join(folder, 'mirror'));
  });

  test.each(['6.9.0', VERSION])('is never what another project has downloaded, in version %s', (version) => {
    provider('app/.terraform/providers', version);
    expect(evaluate('setup/terraform', `it.findMirror('${VERSION}', ['${folder}'])`)).toBeNull();
  });

  test('is the one that is named', () => {
    provider('mirror', VERSION);
    provider('named', VERSION);
    const named = path.join(folder, 'named');
    expect(chosen(true, { PIPELINE_PROVIDER_MIRROR: named })).toBe(named);
  });

  test('that is named without the version is an error', () => {
    expect(() => chosen(true, { PIPELINE_PROVIDER_MIRROR: folder })).toThrow('which has no registry.terraform.io');
  });
});
