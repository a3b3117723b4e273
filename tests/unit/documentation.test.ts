import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { transpile } from 'typescript';
import { parse } from 'yaml';
import { parseEnvironment } from '../../environments';
import { resources, synthesize } from '../infrastructure/synth';
import { custom, database, load, minimal, problemsOf, product, type Draft } from './contract-files';

const root = resolve(__dirname, '../..');
const read = (document: string) => readFileSync(resolve(root, 'docs', document), 'utf8');
const text = read('data-contracts.md');
const contracts = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, contract]) => contract!);
const files = {
  ...Object.fromEntries(contracts.map((contract) => [`${parse(contract).id}.odcs.yaml`, contract])),
  'revenue.sql': 'SELECT 1',
};

describe('the contracts in the documentation', () => {
  test('are valid, and show each kind of source', () => {
    expect(problemsOf(files)).toEqual([]);
    const sources = load(files, 'prod').map(({ source }) => ('format' in source ? source.format : source.type));
    expect(sources.sort()).toEqual(['csv', 'json', 'postgresql', 'query']);
  });
});

test('the release notes are what their tool reads, up to the version of the package', () => {
  const version = execFileSync('npm', ['run', '--silent', 'release-notes', '--', '--latest-release'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(version.trim()).toBe(JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')).version);
});

describe('the documentation names every property', () => {
  /** The properties that an element may have, which the error for one that it may not have lists. */
  const known = (contract: Draft, element: Draft): string[] => {
    custom(element, { unknown: 1 });
    const problems = problemsOf({ 'it.odcs.yaml': contract });
    const list = problems.flatMap(
      (problem) => /property: must be one of (.*), got: "unknown"$/.exec(problem)?.[1] ?? [],
    );
    return list.flatMap((names) => names.split(', '));
  };
  const [files, table, shop, query] = [minimal(), minimal(), database(), product()];

  test.each([
    ...known(files, files.servers[0]),
    ...known(table, table.schema[0]),
    ...known(shop, shop.servers[0]),
    ...known(query, query.servers[0]),
  ])('%s', (property) => expect(text).toMatch(new RegExp(`^\\| \`${property}\` `, 'm')));
});

test('the environment in the documentation is one, with all that others have', () => {
  const [, name, source] = /`environments\/(\w+)\.ts`[\s\S]*?```ts\n([\s\S]*?) *```/.exec(read('deployment.md'))!;
  const file = { exports: {} as { default?: unknown } };
  new Function('exports', transpile(source!))(file.exports);
  const environment = parseEnvironment(name!, file.exports.default);
  const stack = synthesize(environment, load({ 'orders.odcs.yaml': minimal() }));
  expect(resources(stack, 'aws_glue_job').map((job) => job.name)).toContain(`glue-etl-pipeline-${name}-ingest-orders`);
  expect(environment.promotedFrom).toBe('dev');
});
