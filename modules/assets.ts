import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { AssetType, TerraformAsset } from 'cdktf';
import type { Construct } from 'constructs';
import { zipSync } from 'fflate';

const ROOT = join(__dirname, '..');
const MADE = join(ROOT, 'build', 'made');

/** Contents by path in the archive. */
export type Files = Readonly<Record<string, Uint8Array>>;

export function md5(contents: Uint8Array | string): string {
  return createHash('md5').update(contents).digest('hex');
}

/** A zip archive. Its bytes depend on the files' paths and contents only: not on their order, their age or their owner. */
export function zip(files: Files): Uint8Array {
  const sorted = Object.entries(files).sort(([left], [right]) => (left < right ? -1 : 1));
  // A zip holds local time without a zone: this is the earliest, wherever it is written.
  return zipSync(Object.fromEntries(sorted), { mtime: new Date(1980, 0, 1), level: 9 });
}

/** The files under a folder of this project whose names end in `extension`, by their path from the folder's parent. */
export function readFolder(folder: string, extension: string): Files {
  const root = join(ROOT, folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(extension));
  return Object.fromEntries(
    files.map((file) => [
      relative(dirname(root), join(root, file)).split(sep).join(posix.sep),
      readFileSync(join(root, file)),
    ]),
  );
}

/** Names of the wheels in a folder that set-up fills. @throws Error if there are none */
export function wheelsIn(folder: string): [string, ...string[]] {
  const place = join(ROOT, folder);
  const names = existsSync(place) ? readdirSync(place).filter((name) => name.endsWith('.whl')) : [];
  const [first, ...others] = names;
  if (first === undefined) throw new Error(`${folder} is missing: \`npm run setup -- deploy\` fills it`);
  return [first, ...others];
}

/** Puts a file of this project beside the stack's configuration, for Terraform to read from there. */
export function fileAsset(scope: Construct, id: string, path: string): { path: string; md5: string } {
  const file = join(ROOT, path);
  const hash = md5(readFileSync(file));
  return { path: new TerraformAsset(scope, id, { path: file, type: AssetType.FILE, assetHash: hash }).path, md5: hash };
}

/** The same for a zip archive of files. */
export function zipAsset(scope: Construct, id: string, files: Files): { path: string; md5: string } {
  return fileAsset(
    scope,
    id,
    madeOnce(`${id}.zip`, files, () => zip(files)),
  );
}

/**
 * Makes a file, unless there is one that was made of the same inputs: what takes long in a synth is seldom what has changed.
 *
 * @param inputs all that the contents depend on
 * @returns its path from the root of this project
 */
export function madeOnce(name: string, inputs: Files, make: () => Uint8Array): string {
  const paths = Object.keys(inputs).sort();
  const file = join(MADE, `${md5(paths.map((path) => `${path} ${md5(inputs[path]!)}`).join('\n'))}-${name}`);
  if (!existsSync(file)) {
    mkdirSync(MADE, { recursive: true });
    // Of several that synthesize at once, none may see half a file.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, make());
    renameSync(unfinished, file);
  }
  return relative(ROOT, file);
}
