import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fastGlob from 'fast-glob';
import { loadEnvironment } from '../../environments';
import { paths } from '../../local/paths';
import { Naming, STAGES } from '../../modules/naming';
import { resources, synthesize } from '../infrastructure/synth';

const read = (file: string) => readFileSync(path.join(paths.root, file), 'utf8');
const guide = read('docs/operations-guide.md');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...fastGlob.sync('docs/**/*.md', { cwd: paths.root }),
];

/** Lines of the blocks of shell, each with one command, and the commands without what is said of them. */
const lines = [...guide.matchAll(/^ *```bash\n([\s\S]*?)^ *```/gm)].flatMap(([, block]) =>
  block!
    .replaceAll(/\\\n\s*/g, ' ')
    .trim()
    .split(/\n\s*/),
);
const commands = lines.map((line) => line.replace(/\s+#.*/, ''));

/** The test that runs a command, in environment `local`, and the call of it there; `$1` is what the command has in parentheses. */
const RUN_BY: [command: RegExp, test: string, by: string][] = [
  [/^(aws (?!configure)|npm run batches)/, 'tests/end-to-end/runbook.test.ts', 'operations-guide.md'],
  [/deploy\.sh .*--action (bootstrap|plan|apply)$/, 'tests/delivery/deploy.test.ts', "deploy(script('$1'"],
  [/^npm run synth$|^cd cdktf\.out/, 'tests/terraform.ts', 'main.ts'],
  [/^\.\/scripts\/dr\.sh (\w+)/, 'tests/game_day/test_game_day.py', 'self.run_command("$1", '],
  [/^python -m unittest discover -s tests$/, 'tests/glue/test_discovery.py', 'loader.discover('],
  [/^npm run test:integration/, '.github/workflows/release.yml', 'npm run test:integration'],
  // What a fresh clone is made with.
  [/^(git clone|cd glue-etl-pipeline|pip install -r requirements\.txt|chmod)/, 'scripts/setup.js', 'requirements.txt'],
];

test('has the chapters of an operations guide, each of which its table of contents names', () => {
  const chapters = [...guide.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  const contents = [...guide.matchAll(/^\d+\. \[(.*)\]\(#.*\)$/gm)].map(([, title]) => title);
  expect(chapters.slice(1)).toEqual(contents);
  expect(contents).toHaveLength(10);
});

describe('links lead to what there is', () => {
  /** As GitHub makes it of a heading. */
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');

  test.each(documents)('%s', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)];
    for (const [link, file, fragment] of links) {
      const target = file ? path.join(path.dirname(document), file) : document;
      expect([link, existsSync(path.join(paths.root, target))]).toEqual([link, true]);
      if (fragment === undefined) continue;
      const anchors = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));
      expect([link, anchors]).toEqual([link, expect.arrayContaining([fragment])]);
    }
  });
});

describe('names are those of the stack', () => {
  const dev = synthesize(loadEnvironment('dev'));
  const { naming } = dev;
  const dataset = 'flights';
  const types = Object.keys(dev.resource);
  const made = types.flatMap((type) => resources(dev, type).flatMap((block) => Object.values(block)));
  const known = new Set<unknown>([...made, naming.stateBucket, naming.lockTable, naming.prefix]);
  const delivery = ['', '-plan', '-deploy', '-test'].map((purpose) => naming.resource(`delivery${purpose}`));
  /** What a command is to make. */
  const given = [`${naming.jobStateTable}-restored`];

  test.each(['operations-guide', 'architecture', 'runbook'])('%s', (document) => {
    const text = read(`docs/${document}.md`);
    const names = [...text.matchAll(/(?:\/aws-glue\/)?glue-etl-pipeline-<env>(?:-[\w<>-]*[\w>])?/g)].map(
      ([name]) => name,
    );
    expect(names.length).toBeGreaterThan(3);
    for (const name of new Set(names)) {
      const forms = STAGES.map((stage) =>
        name.replaceAll('<env>', naming.environment).replaceAll('<stage>', stage).replaceAll('<dataset>', dataset),
      );
      const found = forms.some((form) => known.has(form) || delivery.includes(form) || given.includes(form));
      expect([name, found]).toEqual([name, true]);
    }
  });

  test('the guide names those that its specification does', () => {
    const text = guide.replaceAll('<env>', 'dev');
    const named = ['jobStateTable', 'glueLogGroup', 'dashboard', 'alertsTopic', 'monitoringFunction'] as const;
    for (const name of named) expect(text).toContain(new Naming('dev')[name]);
  });
});

describe('commands', () => {
  test.each(lines)('%s is run by a test, or says that it needs AWS', (line) => {
    const found = RUN_BY.flatMap(([command, test, by]) => {
      const match = command.exec(line.replace(/\s+#.*/, ''));
      return match ? [{ test, by: by.replace('$1', match[1] ?? '') }] : [];
    });
    expect([line, found.length > 0]).toEqual([line, !line.includes('# needs AWS')]);
    for (const { test, by } of found) expect(read(test)).toContain(by);
  });

  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  test('of npm are there', () => {
    const called = commands.flatMap((command) => /^npm run ([\w:-]+)/.exec(command)?.[1] ?? []);
    expect(called.length).toBeGreaterThan(2);
    for (const name of called) expect(Object.keys(scripts)).toContain(name);
  });

  test('of deploy.sh have options and actions that its help names', () => {
    const help = execFileSync(path.join(paths.root, 'scripts/deploy.sh'), ['--help'], { encoding: 'utf8' });
    const called = commands.filter((command) => command.startsWith('./scripts/deploy.sh'));
    expect(called.length).toBeGreaterThan(2);
    for (const [option] of called.join(' ').matchAll(/--[\w-]+/g)) expect(help).toContain(option);
    for (const [, action] of called.join(' ').matchAll(/--action (\w+)/g))
      expect(help).toMatch(new RegExp(`^ +(?:--action ACTION +)?${action} `, 'm'));
  });

  test('of the AWS CLI are operations of AWS, with parameters that those have', () => {
    const called = commands
      .filter((command) => /^aws (?!configure)/.test(command))
      .map((command) => command.split(' '));
    expect(called.length).toBeGreaterThan(4);
    const program = `
import json, re, sys
from botocore.session import get_session
from botocore import xform_name
for _, service, command, *arguments in json.load(sys.stdin):
    model = get_session().get_service_model({"s3api": "s3"}.get(service, service))
    operation = next((name for name in model.operation_names if xform_name(name, "-") == command), None)
    if operation is None:
        sys.exit(f"aws {service} has no {command}")
    members = {xform_name(member, "-") for member in model.operation_model(operation).input_shape.members}
    options = {argument[2:] for argument in arguments if re.fullmatch("--[a-z-]+", argument)}
    unknown = options - members - {"use-latest-restorable-time", "query", "output"}
    if unknown:
        sys.exit(f"aws {service} {command} has no option {', '.join(unknown)}")
`;
    const run = () =>
      execFileSync(path.join(paths.venv, 'python'), ['-c', program], { input: JSON.stringify(called), stdio: 'pipe' });
    expect(run).not.toThrow();
  });
});

test('paths are there', () => {
  const named = [...guide.matchAll(/`((?:environments|modules|datasets|scripts|docs)\/[\w./-]*)`/g)].map(
    ([, file]) => file!,
  );
  expect(named.length).toBeGreaterThan(2);
  for (const file of named) expect([file, existsSync(path.join(paths.root, file))]).toEqual([file, true]);
});
