import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// Types alone: esbuild itself is loaded when there is something to bundle.
import type { BuildResult } from 'esbuild';
import { madeOnce, readFolder, type Files } from '../assets';

const ROOT = join(__dirname, '..', '..');

/** The function's code in one file, SDK included: the runtime's own copy of the SDK is of another day. */
export function bundleFunction(): Files {
  const sources = inputs();
  const file = madeOnce('handler.js', sources, () => build(sources));
  return { 'handler.js': readFileSync(join(ROOT, file)) };
}

/** All that the bundle can depend on; of installed packages, their lock file. */
function inputs(): Files {
  const folders = ['monitoring-lambda', 'modules'].flatMap((folder) =>
    ['.ts', '.tsx'].map((end) => readFolder(folder, end)),
  );
  return Object.assign({ 'package-lock.json': readFileSync(join(ROOT, 'package-lock.json')) }, ...folders) as Files;
}

/** @throws Error if it took something that is none of the sources: a change of that would not be seen */
function build(sources: Files): Uint8Array {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- esbuild takes a tenth of what a synth takes
  const { buildSync } = require('esbuild') as typeof import('esbuild');
  const { outputFiles, metafile }: BuildResult<{ metafile: true; write: false }> = buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['monitoring-lambda/handler.ts'],
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    // Unlike the CommonJS half of the SDK, the other can be stripped of what is not called: half the size.
    mainFields: ['module', 'main'],
    format: 'cjs',
    write: false,
    metafile: true,
    // A working copy may have its packages from another.
    preserveSymlinks: true,
    logLevel: 'error',
  });
  const own = Object.keys(metafile.inputs).filter((path) => !path.startsWith('node_modules/'));
  const unknown = own.filter((path) => !(path in sources));
  if (unknown.length > 0)
    throw new Error(`modules/monitoring/bundle.ts: ${unknown.join(', ')} must be among its inputs`);
  return outputFiles[0]!.contents;
}
