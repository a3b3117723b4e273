import { watch } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { CONTRACT_ENDING } from '../modules/contract';
import { contractsByFolder, planChecks, UsageError, type Plan, type Step } from './check-plan';
import { isBroken, renderCheck } from './check-report';
import { CheckSession } from './check-session';

/** Editors write a file in several steps. */
const SETTLED_MS = 200;

const program = new Command('npm run check --')
  .description(
    'Reads contracts, and runs process and validate of the data sets whose `local` server names files, in one Spark session on ' +
      'this machine: without an account, Terraform or the emulator. Data products are computed from what their inputs would publish.',
  )
  .argument('[contracts...]', `contracts, files that end in ${CONTRACT_ENDING} (default: all of the folder)`)
  .option('--datasets <folder>', 'folder of contracts', 'datasets')
  .option('--sample <file>', 'check one contract on this file, in place of those that its `local` server names')
  .option('--watch', 'check again whenever a contract, a query or a file is saved, until Ctrl-C', false)
  .addHelpText(
    'after',
    `
Exit codes: 0 all promises hold, 1 a contract is wrong, a file or a rule stops its batch, a file cannot be read, or no row
is good; 2 wrong usage. Rows in quarantine are shown: they stop nothing.`,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

interface Options {
  datasets: string;
  sample?: string;
  watch: boolean;
}

/** One session for all checks, started when the first data set is to be run, and again if it has ended. */
class Checks {
  private session?: CheckSession;

  /** @param follow called with each folder that something is read from, before it is */
  constructor(private readonly follow: (folder: string) => void = () => undefined) {}

  /** Reads contracts of folders and runs their data sets; answers whether all promises hold. */
  async run(contracts: ReadonlyMap<string, readonly string[]>, sample?: string): Promise<boolean> {
    let holds = true;
    for (const [folder, files] of contracts) {
      this.follow(folder);
      const plan = await planChecks(folder, files, sample);
      holds = this.show(plan) && holds;
      holds = (await this.runSteps(plan)) && holds;
    }
    return holds;
  }

  /** Ends the session. */
  close(): void {
    this.session?.close();
    this.session = undefined;
  }

  private show({ problems, readable, left }: Plan): boolean {
    if (problems) console.error(problems.message);
    if (readable.length > 0) console.log(`✓ ${readable.join(', ')}`);
    for (const { name, why, isBroken: broken } of left) console.log(`\n${broken ? '✗ ' : ''}${name}: ${why}`);
    return !problems && !left.some((dataset) => dataset.isBroken);
  }

  /** Runs data sets one after the other, and shows each once it is done. */
  private async runSteps({ steps }: Plan): Promise<boolean> {
    const published = new Set<string>();
    let holds = true;
    for (const step of steps) {
      const { dataset, files } = step;
      files?.forEach((file) => this.follow(path.dirname(file.path)));
      const missing = inputsOf(step).filter((input) => !published.has(input));
      if (missing.length > 0) {
        console.log(`\n${dataset.name}: not run, for its input ${missing.join(', ')} is broken or was not run`);
        continue;
      }
      const result = await (this.session ??= new CheckSession()).check(dataset, files);
      console.log(`\n${renderCheck(dataset.name, result)}`);
      if (isBroken(result)) holds = false;
      else published.add(dataset.name);
    }
    return holds;
  }
}

function inputsOf({ dataset: { source } }: Step): readonly string[] {
  return source.type === 'query' ? source.inputs : [];
}

async function main(contracts: readonly string[], options: Options): Promise<boolean> {
  if (options.sample !== undefined && contracts.length !== 1)
    throw new UsageError(`--sample is for one contract, and ${contracts.length} are named`);
  if (options.watch) await checkForEver(() => contractsByFolder(contracts, options.datasets), options.sample);
  const checks = new Checks();
  const holds = await checks.run(contractsByFolder(contracts, options.datasets), options.sample);
  checks.close();
  return holds;
}

/** Checks, and again after each save; a save during a check is followed by another one. */
async function checkForEver(contracts: () => Map<string, string[]>, sample?: string): Promise<never> {
  const saves = new Saves();
  const checks = new Checks((folder) => saves.follow(folder));
  // What is wrong with the command ends it; what goes wrong later does not.
  for (const folder of contracts().keys()) saves.follow(folder);
  for (;;) {
    try {
      await checks.run(contracts(), sample);
    } catch (error) {
      console.error((error as Error).message);
      checks.close();
    }
    console.log(`\n${new Date().toLocaleTimeString('en-GB')}  Waiting for a save; Ctrl-C ends`);
    await saves.next();
  }
}

/** Saves in folders. Folders are watched, and not files, which editors replace. */
class Saves {
  private readonly followed = new Set<string>();
  private settled?: NodeJS.Timeout;
  private isNew = false;
  private tell = () => undefined as void;

  follow(folder: string): void {
    if (this.followed.has(folder)) return;
    this.followed.add(folder);
    watch(folder, () => this.notice()).on('error', () => this.followed.delete(folder));
  }

  /** Until there is one that was not told yet. */
  async next(): Promise<void> {
    if (!this.isNew) await new Promise<void>((resolve) => (this.tell = resolve));
    this.isNew = false;
  }

  private notice(): void {
    clearTimeout(this.settled);
    this.settled = setTimeout(() => {
      this.isNew = true;
      this.tell();
    }, SETTLED_MS);
  }
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

program.parse();
main(program.args, program.opts())
  .then((holds) => {
    process.exitCode = holds ? 0 : 1;
  })
  .catch((error: Error) => {
    console.error(error.message);
    process.exit(error instanceof UsageError ? 2 : 1);
  });
