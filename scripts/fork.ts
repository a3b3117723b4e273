import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { RefusedError, run } from './deploy/command';
import { withSynthesized } from './deploy/synthesize';

const ROOT = path.resolve(__dirname, '..');
/** CDK Terrain, the fork that CDKTF is kept up in since HashiCorp has archived it. */
const FORK = 'cdktn@0.24.0';
/** What synth reads, beside packages. */
const SOURCES = ['main.ts', 'environments', 'modules', 'monitoring-lambda', 'glue-jobs', 'datasets', 'scripts'];
const PACKAGES = ['package.json', 'package-lock.json', 'cdktf.json', 'tsconfig.json'];

const program = new Command('npm run fork --')
  .description(
    `Proves that the same sources give the same stacks on ${FORK}, which npm installs in place of cdktf in a copy of this project.`,
  )
  .option('--keep', 'leave the copy, to look at it', false)
  .addHelpText('after', '\nExit codes: 0 the stacks are equal, 1 they are not, 2 wrong usage.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

run(() => {
  const { keep } = program.parse().opts<{ keep: boolean }>();
  const copy = mkdtempSync(path.join(os.tmpdir(), 'fork-'));
  try {
    copySources(copy);
    console.log(`Installing ${FORK} as cdktf in ${copy}`);
    const options = ['--save-exact', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
    execFileSync('npm', ['install', ...options, `cdktf@npm:${FORK}`], { cwd: copy, stdio: 'inherit' });
    compare(withSynthesized(readStacks), withSynthesized(readStacks, undefined, copy));
  } finally {
    if (!keep) rmSync(copy, { recursive: true });
  }
});

function copySources(target: string): void {
  for (const name of [...SOURCES, ...PACKAGES]) {
    const filter = (file: string) => path.basename(file) !== 'nycflights13';
    cpSync(path.join(ROOT, name), path.join(target, name), { recursive: true, filter });
  }
}

/** Every stack as it is synthesized, without the version of what synthesized it. */
function readStacks(folder: string): Record<string, string> {
  const stacks = path.join(folder, 'stacks');
  return Object.fromEntries(
    readdirSync(stacks).map((name) => {
      const stack = JSON.parse(readFileSync(path.join(stacks, name, 'cdk.tf.json'), 'utf8'));
      delete stack['//'].metadata.version;
      return [name, JSON.stringify(stack, null, 2)];
    }),
  );
}

function compare(here: Record<string, string>, there: Record<string, string>): void {
  const differing = [...new Set([...Object.keys(here), ...Object.keys(there)])].filter(
    (name) => here[name] !== there[name],
  );
  if (differing.length > 0)
    throw new RefusedError(`On ${FORK}, these stacks are not the same: ${differing.join(', ')}`);
  for (const [name, stack] of Object.entries(here)) {
    const resources = Object.values<object>(JSON.parse(stack).resource).flatMap(Object.keys);
    console.log(`${name}: ${resources.length} resources, equal`);
  }
}
