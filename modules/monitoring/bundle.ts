import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Files } from '../assets';

const ROOT = join(__dirname, '..', '..');

let bundle: Files | undefined;

/**
 * The function's code in one file, SDK included: the runtime's own copy of the SDK is of another day. Made once, for
 * the stacks of all environments.
 */
export function bundleFunction(): Files {
  return (bundle ??= build());
}

function build(): Files {
  const { outputFiles } = buildSync({
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
    logLevel: 'error',
  });
  return Object.fromEntries(outputFiles.map(({ contents }) => ['handler.js', contents]));
}
