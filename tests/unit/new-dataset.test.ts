import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { paths } from '../../local/paths';
import type { DataSet, S3Source } from '../../modules/contract/data-set';
import { draft } from '../../scripts/new-dataset/draft';
import { readSample, type Question } from '../../scripts/new-dataset/sample';
import { load } from './contract-files';

const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** So many lines, of which `line` makes each from its number. */
function lines(count: number, line: (number: number) => string): string {
  return Array.from({ length: count }, (_, number) => `${line(number)}\n`).join('');
}

const two = (number: number) => String(number).padStart(2, '0');

/** What the product makes of the draft for a file, and its text. */
function drafted(file: string, question: Partial<Question> = {}): { dataset: DataSet; source: S3Source; text: string } {
  const asked = { format: 'csv', rows: 1000, encoding: null, key: [], ...question } as const;
  const { format, key } = asked;
  const landings = [{ environment: 'dev', location: 's3://glue-etl-pipeline-dev-source/it/*.csv' }];
  const text = draft(readSample({ ...asked, file }), { id: 'it', path: path.basename(file), format, landings, key });
  const dataset = load({ 'it.odcs.yaml': text })[0]!;
  return { dataset, source: dataset.source as S3Source, text };
}

/** Columns as `name type`, with what else is said of them. */
function columnsOf({ columns }: DataSet): string[] {
  return columns.map(({ name, type, required, format, maxLength }) =>
    [name, type, required && 'required', format, maxLength && `≤ ${maxLength}`].filter(Boolean).join(' '),
  );
}

describe('types', () => {
  type Case = [what: string, value: (number: number) => string, expected: string];
  const cases: Case[] = [
    ['small numbers', (n) => `${n - 5}`, 'int required'],
    ['large numbers', (n) => `${n + 1}00000000000`, 'bigint required'],
    ['more digits than a bigint has', (n) => `${n + 1}0000000000000000000`, 'string required ≤ 50'],
    ['digits behind a 0', (n) => `0${n}`, 'string required ≤ 5'],
    ['amounts', (n) => `${n}.50`, 'decimal(18,2) required'],
    ['measures', (n) => `${n / 4}`, 'double required'],
    ['exponents', (n) => `${n}e-3`, 'double required'],
    ['truth', (n) => `${n % 2 === 0}`, 'boolean required'],
    ['texts', (n) => `"a ""b"", ${n}"`, 'string required ≤ 10'],
    ['texts with line breaks', (n) => `"a\n${n}"`, 'string required ≤ 5'],
    ['dates', (n) => `2024-02-${two(n + 1)}`, 'date required'],
    ['dates in a format', (n) => `${two(n + 1)}.02.2024`, 'date required dd.MM.yyyy'],
    ['dates with one digit', (n) => `2/${n + 1}/2024`, 'date required M/d/yyyy'],
    ['dates with names of months', (n) => `Feb ${n + 1} 2024`, 'date required MMM d yyyy'],
    ['dates without a century', (n) => `${two(n + 1)}/02/99`, 'date required dd/MM/yy'],
    ['timestamps', (n) => `2024-02-03T04:05:${two(n)}Z`, 'timestamp required'],
    ['timestamps without seconds', (n) => `2024-02-03 04:${two(n)}`, 'timestamp required'],
    ['timestamps in a format', (n) => `${two(n + 1)}/02/2024 04:05`, 'timestamp required dd/MM/yyyy HH:mm'],
    ['timestamps of twelve hours', (n) => `2/${n + 1}/2024 4:05 PM`, 'timestamp required M/d/yyyy h:mm a'],
    ['times', (n) => `04:05:${two(n)}`, 'string required ≤ 10'],
    ['numbers with gaps', (n) => (n === 7 ? '' : `${n}`), 'int'],
    ['nothing', () => '', 'string'],
  ];
  let found: string[];
  beforeAll(() => {
    const header = cases.map((_, index) => `c${index}`).join();
    const rows = lines(20, (n) => cases.map(([, value]) => value(n)).join());
    found = columnsOf(drafted(write('types.csv', `${header}\n${rows}`)).dataset);
  });

  test.each(cases)('%s', (what, _, expected) => {
    const index = cases.findIndex(([each]) => each === what);
    expect(found[index]).toBe(`c${index} ${expected}`);
  });

  test('of a date that may be read in two ways the other one is named', () => {
    const file = write('dates.csv', `day\n${lines(12, (n) => `${two(n + 1)}/03/2024`)}`);
    expect(drafted(file).text).toContain('# confirm: the values may also be MM/dd/yyyy');
  });
});

describe('forms of files', () => {
  test('CSV with semicolons, in another encoding, with gzip', () => {
    const content = Buffer.from(`straße;ort\n${lines(9, (n) => `"Weg; ${n}";Köln`)}`, 'latin1');
    const { dataset, source } = drafted(write('streets.csv.gz', gzipSync(content)));
    expect(source.csv).toMatchObject({ delimiter: ';', encoding: 'windows-1252', header: true });
    expect(columnsOf(dataset)).toEqual(['strasse string required ≤ 10', 'ort string required ≤ 5']);
  });

  test.each([
    ['UTF-8 with a byte-order mark', 'utf8', '\ufeff', 'UTF-8'],
    ['UTF-16', 'utf16le', '\ufeff', 'UTF-16'],
  ] as const)('%s', (_, encoding, mark, expected) => {
    const { dataset, source } = drafted(write('marked.csv', Buffer.from(`${mark}ort\nKöln\nBonn\n`, encoding)));
    expect(source.csv?.encoding).toBe(expected);
    expect(columnsOf(dataset)).toEqual(['ort string required ≤ 5']);
  });

  test('CSV with tabs, without a header, with apostrophes', () => {
    const { dataset, source } = drafted(
      write(
        'plain.tsv',
        lines(9, (n) => `${n}\t'a\t${n}'`),
      ),
    );
    expect(source.csv).toMatchObject({ delimiter: '\t', quote: "'", header: false });
    expect(columnsOf(dataset)).toEqual(['column0 int required', 'column1 string required ≤ 5']);
  });

  test('a text for null is known by the types that it hides', () => {
    const rows = lines(9, (n) => `${n % 3 === 0 ? 'NA' : n},${n % 4 === 0 ? 'NA' : 'x'},?`);
    const { dataset, source } = drafted(write('nulls.csv', `a,b,c\n${rows}`));
    expect(source.csv?.nullValue).toBe('NA');
    expect(columnsOf(dataset)).toEqual(['a int', 'b string ≤ 1', 'c string required ≤ 1']);
  });

  test('JSON with an object per line', () => {
    const line = (n: number) =>
      JSON.stringify({
        id: n,
        at: `2024-02-${two(n + 1)}`,
        on: `0${n + 1}.02.2024`,
        tags: ['a'],
        ...(n > 3 && { more: n / 2 }),
      });
    const { dataset } = drafted(write('lines.json', lines(9, line)), { format: 'json' });
    expect(columnsOf(dataset)).toEqual([
      ...[
        'id int required',
        'at date required',
        'on date required dd.MM.yyyy',
        'tags string required ≤ 5',
        'more double',
      ],
    ]);
  });

  test('Parquet, whose types are no guesses', () => {
    const file = path.join(folder, 'typed.parquet');
    const query =
      "SELECT i::SMALLINT AS a, i::BIGINT AS b, i::DECIMAL(9,3) AS c, i::FLOAT AS d, DATE '2024-01-01' AS e, now() AS f, " +
      "i % 2 = 0 AS g, 'x' || i AS h, [i] AS j, nullif(i, 3)::UINTEGER AS k FROM range(10) t(i)";
    const program = `import duckdb; duckdb.sql("COPY (${query}) TO '${file}'")`;
    execFileSync(path.join(paths.venv, 'python'), ['-c', program]);
    const { dataset, text } = drafted(file, { format: 'parquet' });
    expect(columnsOf(dataset).map((column) => column.replace(' required', ''))).toEqual([
      ...['a int', 'b bigint', 'c decimal(9,3)', 'd float', 'e date', 'f timestamp', 'g boolean', 'h string ≤ 2'],
      ...['j string ≤ 5', 'k bigint'],
    ]);
    expect(text).not.toContain('values are such');
  });
});

describe('names', () => {
  test('that a contract cannot have are made such, each another one, and jobs know the columns by those of the file', () => {
    const header = 'Order ID,orderId,ORDER-ID,2024 total,"a ""b""",Ünïcode';
    const { dataset } = drafted(write('names.csv', `${header}\n${lines(9, (n) => Array(6).fill(n).join())}`));
    expect(dataset.columns.map(({ name, physicalName }) => [name, physicalName])).toEqual([
      ['order_id', 'Order ID'],
      ['order_id_2', 'orderId'],
      ['order_id_3', 'ORDER-ID'],
      ['column_2024_total', '2024 total'],
      ['a_b', 'a "b"'],
      ['unicode', 'Ünïcode'],
    ]);
  });

  test('by which a column cannot be told are to be changed in the file', () => {
    const { dataset, text } = drafted(write('same.csv', `id,ID,\n${lines(9, (n) => Array(3).fill(n).join())}`));
    expect(dataset.columns.map(({ name, physicalName }) => [name, physicalName])).toEqual([
      ...[
        ['id', null],
        ['id_2', null],
        ['column', null],
      ],
    ]);
    expect(text).toContain('- name: id\n');
    expect(text).toContain('- name: id_2 # confirm: the file says "ID", and must come to say this');
  });

  test('of files may have what means something in a pattern', () => {
    const { source } = drafted(write("it's [1].csv", 'a\n1\n2\n'));
    expect(source.localPath).toBe("it's [1].csv");
  });
});

describe('keys', () => {
  const table = write('keys.csv', `day,shop,amount\n${lines(20, (n) => `2024-02-0${(n % 5) + 1},${n % 4},${n}.5`)}`);

  test('are not guessed, for a wrong one loses rows; candidates are named', () => {
    const { dataset, text } = drafted(table);
    expect([dataset.primaryKey, dataset.writeMode]).toEqual([[], 'append']);
    expect(text).toMatch(/candidates: day,shop$/m);
  });

  test('are taken in the order that was asked for', () => {
    const { dataset } = drafted(table, { key: ['shop', 'day'] });
    expect([dataset.primaryKey, dataset.writeMode]).toEqual([['shop', 'day'], 'merge']);
  });
});

test('the draft tells from how many rows it guesses', () => {
  const file = write('rows.csv', `a\n${lines(30, (n) => `${n}`)}`);
  expect(drafted(file, { rows: 20 }).text).toContain('# Drafted from the first 20 rows of rows.csv.');
  expect(drafted(file).text).toContain('# Drafted from all 30 rows of rows.csv.');
  expect(drafted(file).text).toContain('physicalType: int # confirm: all 30 values are such');
});

describe('what cannot be a sample', () => {
  test.each<[string, string, string | Buffer, Partial<Question>, string]>([
    ['no rows', 'empty.csv', 'a,b\n', {}, 'holds no rows'],
    [
      'lines before the header',
      'titled.csv',
      `Sales\na,b\n${lines(9, (n) => `${n},x`)}`,
      {},
      'the first 1, and at line 2',
    ],
    ['gzip by another name', 'zipped.csv', gzipSync('a\n1\n'), {}, 'its name must say so: .gz'],
    ['a name for gzip', 'plain.csv.gz', 'a\n1\n', {}, 'is not compressed with gzip'],
    ['another encoding', 'odd.csv', Buffer.from('a\n\x81\n', 'latin1'), {}, '--encoding says in which'],
    ['an array', 'array.json', '[{"a":1},{"a":2}]', { format: 'json' }, 'is not JSON with one object per line'],
    ['no Parquet', 'text.parquet', 'a\n1\n', { format: 'parquet' }, 'cannot be read as parquet: '],
    ['no such column', 'one.csv', 'a\n1\n', { key: ['b'] }, 'has no column b for a key; its columns are a'],
  ])('%s', (_, name, content, question, problem) => {
    const file = write(name, content);
    expect(() => drafted(file, question)).toThrow(new RegExp(`^${file}: .*${problem}`));
  });
});

describe('the command', () => {
  const datasets = path.join(folder, 'contracts');
  mkdirSync(datasets);
  const file = write('shop-sales.csv', `id,Amount,\n${lines(9, (n) => `${n % 8},${n},`)}`);
  const run = (...args: string[]) => {
    const program = ['-r', 'ts-node/register', 'scripts/new-dataset.ts', ...args];
    return spawnSync('node', program, { cwd: paths.root, encoding: 'utf8' });
  };
  const target = path.join(datasets, 'shop_sales.odcs.yaml');

  test('writes a draft, says what is doubtful and what to do next, and does not write it again', () => {
    const first = run(file, '--datasets', datasets, '--primary-key', 'id', '--no-check');
    expect([first.status, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toContain('guessed from all 9 rows');
    expect(first.stdout).toContain('1 rows have a key that an earlier one has');
    expect(first.stdout).toContain('Have the file name "" as column.');
    expect(run(file, '--datasets', datasets, '--name', 'other', '--no-check').stdout).toContain(
      'What could be the key: Amount.',
    );
    expect(first.stdout).toContain(`npm start -- --keep --datasets ${datasets}`);
    const written = readFileSync(target, 'utf8');
    expect(written).toContain('path: ../shop-sales.csv');
    expect(written).toContain('location: s3://glue-etl-pipeline-dev-source/shop_sales/*.csv');
    expect(written).not.toContain('environment: prod');

    const second = run(file, '--datasets', datasets);
    expect([second.status, second.stderr]).toEqual([1, expect.stringContaining(`${target}: is there already`)]);
    expect(readFileSync(target, 'utf8')).toBe(written);
  });

  test('ends with what the draft makes of the sample', () => {
    const sample = write('stock.csv', 'sku,count\na,1\nb,2\n');
    const { status, stdout } = run(sample, '--datasets', datasets);
    expect(stdout).toMatch(/✓ stock: 2 read, 2 good, 0 quarantined, 0 duplicates[^]*sku string, count int[^]*Next:/);
    expect(status).toBe(0);
  });

  test.each([
    ['no file', ['none.csv'], 2, 'none.csv: no such file'],
    ['an unknown format', ['README.md'], 2, 'README.md: must end in one of .csv, .tsv'],
    ['no such folder', [file, '--datasets', 'none'], 2, 'none: no such folder'],
    ['a name that is none', [file, '--name', 'X', '--stdout'], 1, 'id: must be lower-case letters'],
  ])('refuses %s', (_, args, status, problem) => {
    const result = run(...args);
    expect([result.status, result.stdout]).toEqual([status, '']);
    expect(result.stderr).toContain(problem);
  });
});
