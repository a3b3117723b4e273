import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import { paths } from '../../local/paths';
import { BUCKETS, STAGES } from '../../modules/naming';
import { jobs } from '../delivery/workflows';
import { resources, synthesize, type Block } from '../infrastructure/synth';

const text = readFileSync(path.join(paths.root, 'docs', 'architecture.md'), 'utf8');
const dev = synthesize(loadEnvironment('dev'));

/** The buckets whose objects a policy lets somebody do something with. */
function bucketsOf(statements: Block[], action: string): string {
  const targets = statements
    .filter(({ effect = 'Allow', actions }) => effect === 'Allow' && actions.includes(action))
    .flatMap(({ resources: targets }) => targets as string[]);
  const found = BUCKETS.filter((bucket) => targets.some((target) => target.includes(`storage_${bucket}`)));
  return found.join(', ');
}

const READ = 's3:GetObject';
const WRITE = 's3:PutObject';

/** The statements of all policies of a role, by the role's name without what all names begin with. */
function statementsByRole(): Map<string, Block[]> {
  const policies = resources(dev, 'aws_iam_role_policy');
  return new Map(
    resources(dev, 'aws_iam_role').map(({ address, name }) => {
      const own = policies.filter(({ role }) => role.includes(`${address}.`));
      const statements = own.flatMap(({ policy }) => {
        const [, document] = /aws_iam_policy_document\.([\w-]+)\.json/.exec(policy)!;
        return dev.data['aws_iam_policy_document']![document!]!.statement as Block[];
      });
      return [name.replace(`${dev.naming.prefix}-`, ''), statements];
    }),
  );
}

/** The arrows of the diagram under a heading, as `from --> to`, without what stands on them. */
function drawn(heading: string): string[] {
  const section = text.slice(text.indexOf(`## ${heading}\n`) + 3).split(/^## /m)[0]!;
  const diagrams = [...section.matchAll(/```mermaid\nflowchart LR\n([\s\S]*?)```/g)].map(([, diagram]) => diagram!);
  // The last one, of several.
  const lines = diagrams
    .at(-1)!
    .replaceAll(/ -- [^\n]*? -->/g, ' -->')
    .split('\n');
  const nodes = (part: string) => part.split(' & ').map((node) => /^\s*([\w-]+)/.exec(node)![1]!);
  return lines.flatMap((line) => {
    const parts = line.split(/ <?--> /);
    return parts
      .slice(1)
      .flatMap((part, index) => nodes(parts[index]!).flatMap((from) => nodes(part).map((to) => `${from} --> ${to}`)));
  });
}

test('draws a data set as its roles read and write, and in the order in which its jobs start', () => {
  const edges = drawn('One data set').map((edge) => edge.split(' --> ') as [string, string]);
  const inBucket: Record<string, string> = { quarantine: 'processed' };
  for (const [stage, statements] of statementsByRole()) {
    if (!(STAGES as readonly string[]).includes(stage)) continue;
    const [reads, writes] = [READ, WRITE].map((action) => bucketsOf(statements, action).split(', '));
    const from = edges.filter(([, to]) => to === stage).map(([node]) => node);
    const read = from.filter((node) => (BUCKETS as readonly string[]).includes(node));
    expect(reads).toEqual(expect.arrayContaining(read));
    const to = edges.filter(([node]) => node === stage).map(([, node]) => inBucket[node] ?? node);
    const written = new Set(to.filter((node) => (BUCKETS as readonly string[]).includes(node)));
    // The other jobs work in these as well, and validate writes no table.
    const tables = writes!.filter((bucket) => !['temp', 'logs'].includes(bucket));
    expect([stage, [...written]]).toEqual([stage, stage === 'validate' ? [] : tables]);
  }
  const after = (node: string) => edges.filter(([from]) => from === node).map(([, to]) => to);
  for (const trigger of resources(dev, 'aws_glue_trigger').filter(({ type }) => type === 'CONDITIONAL')) {
    const before = /_([a-z]+)-job_/.exec(trigger.predicate.conditions[0].job_name)![1]!;
    const stage = /_([a-z]+)-job_/.exec(trigger.actions[0].job_name)![1]!;
    expect([...after(before), ...after(before).flatMap(after)]).toContain(stage);
  }
});

test('draws the modules as their resources name one another', () => {
  const prod = synthesize(loadEnvironment('prod'));
  const edges = [prod.resource, prod.data]
    .flatMap((types) => Object.values(types).flatMap(Object.entries))
    .flatMap(([id, block]) => {
      const to = id.split('_')[0]!;
      const named = [...JSON.stringify(block).matchAll(/\baws_\w+?\.([a-z-]+)_/g)].map(([, from]) => from!);
      return named.filter((from) => from !== to).map((from) => `${from} --> ${to}`);
    });
  expect(drawn('From code to an account').sort()).toEqual([...new Set(edges)].sort());
});

test('draws the pipeline on GitHub as its jobs need one another', () => {
  const needs = jobs.flatMap(([name, { needs: before = [] }]) =>
    [before].flat().map((job) => `${job} --> ${name.replace(/^[\w-]+: /, '')}`),
  );
  // `dev` is a release, which begins with its plan.
  const real = needs.map((edge) => edge.replace('--> dev', '--> plan'));
  const steps = drawn('From a push to production').filter((edge) => !/^(push|approval) /.test(edge));
  expect(new Set(steps).size).toBe(4);
  expect(real).toEqual(expect.arrayContaining(steps));
});

test('says of each role what it may do with the data', () => {
  const rows = [...statementsByRole()].map(([role, statements]): [string, ...string[]] => {
    const cells = [READ, WRITE, 's3:DeleteObject'].map((action) => bucketsOf(statements, action));
    return [role, ...cells];
  });
  const stated = /<!-- roles -->([\s\S]*)<!-- \/roles -->/.exec(text)![1]!.trim().split('\n').slice(2);
  const cells = stated.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const touching = rows.filter(([, ...buckets]) => buckets.some(Boolean));
  expect(cells).toEqual(touching.sort(([a], [b]) => a.localeCompare(b)));
});
