import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { madeOnce, md5, readFolder, zip } from '../../modules/assets';

const text = (contents: string) => new TextEncoder().encode(contents);

test('an archive depends on paths and contents alone', () => {
  const archive = zip({ 'b.py': text('b'), 'a.py': text('a') });
  jest.useFakeTimers({ now: new Date('2040-01-01') });
  expect(md5(zip({ 'a.py': text('a'), 'b.py': text('b') }))).toBe(md5(archive));
  jest.useRealTimers();
  expect(md5(zip({ 'a.py': text('a'), 'b.py': text('c') }))).not.toBe(md5(archive));
  expect(md5(zip({ 'a.py': text('a'), 'c.py': text('b') }))).not.toBe(md5(archive));
});

test('an archive holds what was put into it', () => {
  const files = unzipSync(zip({ 'glue_etl/a.py': text('print()') }));
  expect(Object.entries(files).map(([path, contents]) => [path, new TextDecoder().decode(contents)])).toEqual([
    ['glue_etl/a.py', 'print()'],
  ]);
});

test('the Python package is imported by its name', () => {
  const paths = Object.keys(readFolder('glue-jobs/glue_etl', '.py'));
  expect(paths).toContain('glue_etl/__init__.py');
  expect(paths.filter((path) => !/^glue_etl\/[a-z_/]+\.py$/.test(path))).toEqual([]);
});

test('a file is made again only when what it is made of has changed', () => {
  const made: string[] = [];
  const files = new Set<string>();
  const make = (contents: string) => {
    const inputs = { a: text(`${process.pid}${contents}`), b: text('b') };
    const file = madeOnce('test.txt', inputs, () => {
      made.push(contents);
      return text(contents);
    });
    files.add(join(__dirname, '../..', file));
    return readFileSync(join(__dirname, '../..', file), 'utf8');
  };
  expect([make('one'), make('one'), make('two'), make('one')]).toEqual(['one', 'one', 'two', 'one']);
  expect(made).toEqual(['one', 'two']);
  files.forEach((file) => rmSync(file));
});
