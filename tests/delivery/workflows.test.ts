import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import { repository } from '../../environments/repository';
import { paths } from '../../local/paths';
import { commands, jobs, sources, workflows } from './workflows';

const scripts = (JSON.parse(readFileSync(path.join(paths.root, 'package.json'), 'utf8')) as { scripts: object })
  .scripts;
/** Environments that the pipeline deploys; people deploy others. */
const deployed = Object.keys(repository.branches).sort();
const job = (name: string) => Object.fromEntries(jobs)[name]!;

const uses = Object.entries(sources).flatMap(([file, text]) =>
  [...text.matchAll(/uses: (.*)$/gm)].map(([, what]) => ({ file, what: what! })),
);

describe('what others wrote', () => {
  test.each(uses.filter(({ what }) => !what.startsWith('./')))('$file: $what names a commit and its version', (use) => {
    expect(use.what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('is in one version everywhere', () => {
    const versions = new Map<string, Set<string>>();
    for (const { what } of uses) {
      const [action, version = ''] = what.split('@') as [string, string?];
      versions.set(action, (versions.get(action) ?? new Set()).add(version));
    }
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
  });

  test('is there, where it is ours', () => {
    for (const { what } of uses.filter((use) => use.what.startsWith('./')))
      accessSync(path.join(paths.root, what, what.endsWith('.yml') ? '' : 'action.yml'));
  });
});

describe('permissions', () => {
  test.each(Object.entries(workflows))('%s gives none to all of its jobs', (_, { permissions }) => {
    expect(permissions).toEqual({});
  });

  test.each(jobs)('%s says which it needs', (_, { permissions }) => expect(permissions).toBeDefined());

  test('to write are given to two jobs', () => {
    const writers = jobs.flatMap(([name, { permissions = {} }]) =>
      Object.entries(permissions)
        .filter(([what, level]) => level === 'write' && what !== 'id-token')
        .map(([what]) => `${name}: ${what}`),
    );
    expect(writers.sort()).toEqual(['nightly: drift: issues', 'pull-request: comment: pull-requests']);
  });

  test('what may write to a pull request runs nothing of it', () => {
    const { steps = [] } = job('pull-request: comment');
    expect(steps.filter(({ uses: action = '' }) => /checkout|^\.\//.test(action))).toEqual([]);
  });

  test.each(jobs.filter(([, { uses: called }]) => called === undefined))(
    '%s may get a token for AWS just if it signs in there',
    (_, { permissions, steps = [] }) => {
      const signsIn = steps.some(({ uses: action }) => action === './.github/actions/aws');
      expect(permissions?.['id-token']).toBe(signsIn ? 'write' : undefined);
    },
  );

  test('no workflow has a secret, a key of AWS, or runs a pull request with rights of the repository', () => {
    for (const text of Object.values(sources)) expect(text).not.toMatch(/secrets\.|access-key|pull_request_target/);
  });
});

test.each(jobs.filter(([, { uses: called }]) => called === undefined))('%s ends at some time', (_, own) => {
  expect(own['timeout-minutes']).toBeGreaterThan(0);
});

describe('commands', () => {
  const all = jobs.flatMap(([name, own]) => commands(own).map((command) => ({ name, command })));

  test.each(all)('$name: $command holds no logic', ({ command }) => expect(command).not.toMatch(/\n.|&&|\$\{\{/));

  test.each(all)('$name: $command calls what there is', ({ command }) => {
    const [, script] = /^npm (?:run )?(?:--silent )?([\w:-]+)/.exec(command) ?? [];
    if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
    const [, file] = /^(\.\S*\/\S+)/.exec(command) ?? [];
    if (file !== undefined) accessSync(path.join(paths.root, file), constants.X_OK);
    expect(script ?? file ?? /^(cat|gh) /.exec(command)).toBeTruthy();
  });
});

describe('the pipeline', () => {
  const list = (needs: string | readonly string[] = []) => [needs].flat();

  test('validates every suite of npm test', () => {
    const declared = /^const suites = \{\n([\s\S]*?)^\};/m.exec(
      readFileSync(path.join(paths.root, 'scripts', 'test.js'), 'utf8'),
    )![1]!;
    const suites = [...declared.matchAll(/^ {2}'?([\w.-]+)'?[:,]/gm)].map(([, name]) => name);
    expect(suites.length).toBeGreaterThan(5);
    expect(job('validate: suite').strategy!.matrix.suite).toEqual(suites);
  });

  test('runs for develop and main, and by hand for each environment that it deploys', () => {
    const { push, workflow_dispatch: byHand } = workflows.pipeline!.on as {
      push: { branches: string[] };
      workflow_dispatch: { inputs: Record<string, { options: string[] }> };
    };
    expect(push.branches).toEqual(['develop', 'main']);
    expect(byHand.inputs.environment!.options.toSorted()).toEqual(deployed);
    expect(byHand.inputs.action!.options).toEqual(['plan', 'apply']);
  });

  test('validates, then plans, deploys, tests and cleans up', () => {
    expect(list(job('pipeline: dev').needs)).toEqual(['validate']);
    expect(list(job('release: deploy').needs)).toEqual(['plan']);
    expect(list(job('release: test').needs)).toEqual(['deploy']);
    expect(list(job('release: cleanup').needs)).toEqual(['deploy', 'test']);
  });

  test('applies the very plan that was made', () => {
    const upload = job('plan: plan').steps!.find(({ uses: action = '' }) => action.includes('upload-artifact'))!;
    const download = job('release: deploy').steps!.find(({ uses: action = '' }) =>
      action.includes('download-artifact'),
    )!;
    expect(download.with).toEqual({ name: upload.with!.name, path: upload.with!.path });
    const deploying = commands(job('release: deploy'));
    expect(deploying).toEqual(['.github/scripts/deploy.sh "$ENVIRONMENT" apply']);
    expect(commands(job('plan: plan'))).toContain('.github/scripts/deploy.sh "$ENVIRONMENT" plan');
    const script = readFileSync(path.join(paths.root, '.github/scripts/deploy.sh'), 'utf8');
    expect(script).toContain(`folder=${upload.with!.path}\n`);
  });

  test.each(deployed)('deploys %s, and where it gets only what was tested in another just that', (name) => {
    const { promotedFrom } = loadEnvironment(name);
    const expected = { environment: name, ...(promotedFrom !== undefined && { 'tested-in': promotedFrom }) };
    expect(job(`pipeline: ${name}`)).toMatchObject({ uses: './.github/workflows/release.yml', with: expected });
    expect(job(`pipeline: ${name}`).with!['tested-in']).toBe(promotedFrom);
  });

  test('tests nothing where what is there was tested elsewhere', () => {
    for (const name of ['test', 'cleanup']) expect(job(`release: ${name}`).if).toMatch(/inputs\.tested-in == ''/);
  });

  test('deploys a second Region before what copies to it', () => {
    const standbys = deployed.flatMap((name) => loadEnvironment(name).standby ?? []);
    expect(standbys.length).toBeGreaterThan(0);
    for (const { of } of standbys) expect(list(job(`pipeline: ${of}`).needs)).toEqual([`${of}-dr`]);
  });

  test('cleans up whatever became of the tests, where it has deployed', () => {
    expect(job('release: cleanup').if).toMatch(/always\(\)/);
    expect(job('release: cleanup').if).toMatch(/needs\.deploy\.result == 'success'/);
  });

  test('deploys, tests and cleans up in an environment of GitHub, which may ask for approval', () => {
    for (const name of ['deploy', 'test', 'cleanup'])
      expect(job(`release: ${name}`).environment).toBe('${{ inputs.environment }}');
  });

  test('releases to an environment one at a time', () => {
    expect(workflows.release!.concurrency!.group).toBe('${{ inputs.environment }}');
  });

  test('looks for drift in each environment that it deploys, on the branch that it is deployed from', () => {
    const { include } = job('nightly: drift').strategy!.matrix as { include: { environment: string }[] };
    expect(include.map(({ environment }) => environment)).toEqual(deployed);
  });
});
