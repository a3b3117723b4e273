import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stringify } from 'yaml';
import { paths } from '../../local/paths';
import { custom, database, minimal, product, type Draft } from '../unit/contract-files';

const root = mkdtempSync(path.join(os.tmpdir(), 'checked-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with these contracts by id, and these files. */
function folder(name: string, contracts: Record<string, Draft>, files: Record<string, string>): string {
  const place = path.join(root, name);
  mkdirSync(place);
  for (const [id, contract] of Object.entries(contracts))
    writeFileSync(path.join(place, `${id}.odcs.yaml`), stringify(contract));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(place, file), text);
  return place;
}

const START = ['-r', 'ts-node/register', path.join(paths.root, 'local', 'check.ts')];

function check(...parameters: string[]) {
  const command = [...START, ...parameters];
  // As in a shell whose locale knows no letter but those of ASCII.
  const env = { ...process.env, LANG: 'C', LC_ALL: 'C' };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: paths.root, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

/** What is said of a data set, without the lines of tables. */
const of = (stdout: string, id: string) => stdout.split('\n\n').find((part) => part.includes(`${id}:`)) ?? stdout;

test('every data set is run, whatever becomes of the others, and a broken promise ends with 1', () => {
  const ruled = minimal('ruled');
  ruled.schema[0].quality = [{ type: 'library', metric: 'rowCount', mustBeGreaterThan: 5 }];
  const strict = minimal('strict');
  custom(strict.schema[0], { onNewColumn: 'fail' });
  const wrong = minimal('wrong');
  wrong.status = 7;
  const keyed = minimal('keyed');
  keyed.schema[0].properties[0].primaryKey = true;
  const place = folder(
    'mixed',
    { absent: minimal('absent'), keyed, ruled, strict, stock: database('stock'), wrong },
    {
      'keyed.csv': `amount\n1\n1\n2\n${['a', 'b', 'c', 'd'].join('\n')}\n`,
      'ruled.csv': 'amount\n1\n',
      'strict.csv': 'amount,more\n1,2\n',
    },
  );
  const { status, stdout, stderr } = check('--datasets', place);
  expect(stderr).toMatch(/^Data contracts with problems: 1\n {2}wrong\.odcs\.yaml: status: .*\n$/);
  expect(of(stdout, 'stock')).toContain('no local files; only its contract was read');
  expect(of(stdout, 'absent')).toContain("✗ absent: no file at 'absent.csv'");
  expect(of(stdout, 'keyed')).toContain('✓ keyed: 7 read, 2 good, 4 quarantined, 1 duplicates');
  expect(of(stdout, 'keyed')).toMatch(
    /amount: not a int\s+│ 4\s+│ keyed\.csv: a\s+│\n.* keyed\.csv: b .*\n.* keyed\.csv: c /,
  );
  expect(of(stdout, 'keyed')).not.toContain('keyed.csv: d');
  expect(of(stdout, 'ruled')).toMatch(/✗ ruled: 1 read, 1 good[^]*│ error\s+│ RowCount > 5\s+│ 1 /);
  expect(of(stdout, 'strict')).toMatch(/✗ strict:[^]*stopped: .*strict\.csv has column more, unknown to the contract/);
  expect(status).toBe(1);
});

test('rows in quarantine stop nothing, and one contract of a folder is run alone', () => {
  const a = minimal('a');
  a.servers[0].path = 'ä #1 50%+.csv';
  const files = { 'ä #1 50%+.csv': 'amount\n1\nx\n', 'b.csv': 'amount\n1\n' };
  const wrong = { id: 'wrong' };
  const { status, stdout, stderr } = check(
    path.join(folder('one', { a, b: minimal('b'), wrong }, files), 'a.odcs.yaml'),
  );
  expect(stderr).toBe('');
  expect(stdout).toContain('✓ a: 2 read, 1 good, 1 quarantined, 0 duplicates');
  expect(stdout).toContain('ä #1 50%+.csv: x');
  expect(stdout).not.toContain('b:');
  expect(stdout).toMatch(/\n {2}amount int\n$/);
  expect(status).toBe(0);
});

/** A data product that counts the rows of an input by amount. */
function counting(id: string, input: string): Draft {
  const contract = product(id, [input]);
  custom(contract.servers[0], { query: `${id}.sql`, inputs: [input] });
  contract.schema[0].properties = [
    { name: 'amount', logicalType: 'integer', physicalType: 'int' },
    { name: 'orders', logicalType: 'integer', physicalType: 'bigint', required: true },
  ];
  return contract;
}

test('a data product is computed from what its inputs would publish: from no other table, and not where one is broken', () => {
  const from = (table: string) => `SELECT amount, count(*) AS orders FROM ${table} GROUP BY amount`;
  const contracts = {
    ...{ shop: minimal('shop'), other: minimal('other'), broken: minimal('broken') },
    ...{ sums: counting('sums', 'shop'), peeks: counting('peeks', 'shop'), waits: counting('waits', 'broken') },
  };
  const files = {
    ...{ 'shop.csv': 'amount\n1\n1\n2\nx\n', 'other.csv': 'amount\n1\n', 'broken.csv': 'amount\nx\n' },
    ...{ 'sums.sql': from('shop'), 'peeks.sql': from('other'), 'waits.sql': from('broken') },
  };
  const { status, stdout } = check('--datasets', folder('products', contracts, files));
  expect(of(stdout, 'sums')).toContain('✓ sums: 2 read, 2 good, 0 quarantined, 0 duplicates');
  expect(of(stdout, 'peeks')).toMatch(/✗ peeks: .*other.* cannot be found/);
  expect(of(stdout, 'waits')).toContain('waits: not run, for its input broken is broken or was not run');
  expect(status).toBe(1);
});

test('a sample stands for the files of a contract, which need have no local server', () => {
  const remote = minimal('remote');
  remote.servers = [
    {
      ...remote.servers[0],
      environment: 'dev',
      type: 's3',
      location: 's3://glue-etl-pipeline-dev-source/remote/*.csv',
    },
  ];
  delete remote.servers[0].path;
  const place = folder('sample', { remote, stock: database('stock') }, { 'some.csv': 'amount\n1\nx\n' });
  const sample = path.join(place, 'some.csv');
  const { status, stdout } = check(path.join(place, 'remote.odcs.yaml'), '--sample', sample);
  expect([status, of(stdout, 'remote')]).toEqual([0, expect.stringContaining('2 read, 1 good, 1 quarantined')]);
  const stock = check(path.join(place, 'stock.odcs.yaml'), '--sample', sample);
  expect([stock.status, stock.stderr]).toEqual([
    2,
    expect.stringContaining('--sample is for data sets whose source is files'),
  ]);
});

test('with --watch a save is checked at once, in the same session', async () => {
  const place = folder('watched', { shop: minimal('shop') }, { 'shop.csv': 'amount\n1\n' });
  const child = spawn(process.execPath, [...START, path.join(place, 'shop.odcs.yaml'), '--watch'], { cwd: paths.root });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const until = async (text: RegExp) => {
    while (!text.test(output) && child.exitCode === null) await setTimeout(100);
    expect(output).toMatch(text);
  };
  await until(/shop: 1 read, 1 good[^]*Waiting/);
  // As an editor saves.
  writeFileSync(path.join(place, 'new'), 'amount\n1\n2\n');
  renameSync(path.join(place, 'new'), path.join(place, 'shop.csv'));
  await until(/shop: 2 read, 2 good[^]*Waiting[^]*Waiting|Waiting[^]*shop: 2 read, 2 good/);
  const wrong = minimal('shop');
  wrong.status = 7;
  writeFileSync(path.join(place, 'shop.odcs.yaml'), stringify(wrong));
  await until(/Waiting[^]*Waiting[^]*Waiting/);
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(130);
});

test('what is wrong in a contract is told before Spark is started', () => {
  const wrong = minimal('wrong');
  wrong.schema[0].properties[0].physicalType = 'money';
  const { status, stdout, stderr } = check('--datasets', folder('wrong', { wrong }, {}));
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/wrong\.odcs\.yaml.*physicalType.*money/);
});

test.each([
  [['--datasets', 'nowhere'], /nowhere: no such folder/],
  [['--datasets', 'docs'], /docs: holds no contract, whose name ends in \.odcs\.yaml/],
  [['missing.odcs.yaml'], /missing\.odcs\.yaml: no such file/],
  [['README.md'], /README\.md: not a contract, whose name ends in \.odcs\.yaml/],
  [['--sample', 'README.md'], /--sample is for one contract, and 0 are named/],
  [['--what'], /unknown option '--what'/],
])('wrong usage %j ends with 2', (parameters, message) => {
  const { status, stderr } = check(...parameters);
  expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
});
