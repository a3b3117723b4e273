import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';

/** The folder of one run of jest, so that nothing outlives the sources that it was made from. */
const FOLDER = 'SYNTH_CACHE';

export function openCache(): void {
  process.env[FOLDER] = mkdtempSync(join(tmpdir(), 'synth-'));
}

export function removeCache(): void {
  rmSync(process.env[FOLDER]!, { recursive: true });
}

/** The text made from `inputs`, made once per run. Inputs are compared by value; functions are refused. */
export function cached(inputs: unknown, make: () => string): string {
  const folder = process.env[FOLDER]!;
  const file = join(folder, `${createHash('sha256').update(serialize(inputs)).digest('hex')}.json`);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const text = make();
  // Write atomically: several workers may make the same.
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
  return text;
}
