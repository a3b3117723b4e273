import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { uploadSource } from '../../local/sources';
import { load, minimal } from '../unit/contract-files';

const FILES = [
  'odd/p@(x)/1.csv',
  'in/dt=2024-01-01/part-0.csv',
  'in/dt=2024-01-02/part-0.csv',
  'in/deep/er/a b.csv',
  'in/it [1].csv',
];
const directory = mkdtempSync(path.join(os.tmpdir(), 'sources-'));

beforeAll(() => {
  for (const file of FILES) {
    mkdirSync(path.join(directory, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(directory, file), `the file ${file}`);
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Keys of the objects that a path brings, with the text of each. */
async function brought(localPath: string): Promise<Record<string, string>> {
  const [dataset] = load({ 'orders.odcs.yaml': minimal('orders') });
  const { source } = dataset!;
  if (source.type !== 's3') throw new Error('The data set is not one of files');
  const objects: Record<string, string> = {};
  const send = async ({ input: { Key, Body } }: PutObjectCommand) => {
    objects[Key!] = (await (Body as NodeJS.ReadableStream & { toArray(): Promise<Buffer[]> }).toArray()).join('');
  };
  await uploadSource({ send } as unknown as S3Client, { ...dataset!, source: { ...source, localPath } }, directory);
  return objects;
}

const of = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [`orders/${name}`, expect.stringMatching(/^the file (in|odd)\//)]));

test.each([
  ['in', ['dt=2024-01-01/part-0.csv', 'dt=2024-01-02/part-0.csv', 'deep/er/a b.csv', 'it [1].csv']],
  ['in/*/*.csv', ['dt=2024-01-01/part-0.csv', 'dt=2024-01-02/part-0.csv']],
  ['in/dt=2024-01-0[12]/part-0.csv', ['dt=2024-01-01/part-0.csv', 'dt=2024-01-02/part-0.csv']],
  ['in/**/*.csv', ['dt=2024-01-01/part-0.csv', 'dt=2024-01-02/part-0.csv', 'deep/er/a b.csv', 'it [1].csv']],
  ['in/dt=2024-01-01/*.csv', ['part-0.csv']],
  ['in/{dt=2024-01-01,deep/er}/*.csv', ['dt=2024-01-01/part-0.csv', 'deep/er/a b.csv']],
  ['odd/p@(x)', ['1.csv']],
  ['in/it [1].csv', ['it [1].csv']],
  ['in/deep/er/a b.csv', ['a b.csv']],
])('%s brings each file as an object of its own', async (localPath, names) => {
  expect(await brought(localPath)).toEqual(of(...names));
});

test('a path without files is an error that names it', async () => {
  await expect(brought('out/*.csv')).rejects.toThrow(/^orders: no file at 'out\/\*\.csv', relative to .*sources-/);
});
