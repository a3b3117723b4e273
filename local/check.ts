import { closeSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import execa from 'execa';
import { CONTRACT_ENDING, ContractError, readContracts } from '../modules/contract';
import type { DataSet } from '../modules/contract/data-set';
import { Naming } from '../modules/naming';
import { renderCheck, isBroken, type CheckResult } from './check-report';
import { QUICK_START } from './glue/spark-settings';
import { paths } from './paths';
import { localFiles, type LocalFile } from './sources';

const log = path.join(paths.root, 'build', 'check.log');

const program = new Command('npm run check --')
  .description(
    'Reads contracts, and runs process and validate of the data sets whose `local` server names files, in one Spark session on ' +
      'this machine: without an account, Terraform or the emulator.',
  )
  .argument('[contracts...]', `contracts, files that end in ${CONTRACT_ENDING} (default: all of the folder)`)
  .option('--datasets <folder>', 'folder of contracts', 'datasets')
  .addHelpText(
    'after',
    `
Exit codes: 0 all promises hold, 1 a contract is wrong, a file or a rule stops its batch, a file cannot be read, or no row
is good; 2 wrong usage. Rows in quarantine are shown: they stop nothing.`,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

interface Runnable {
  dataset: DataSet;
  files: LocalFile[];
}

/** The command is not as it must be. */
class UsageError extends Error {}

/** Names of the contracts that are asked for, by their folder. */
function filesByFolder(contracts: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const file of contracts) {
    if (!file.endsWith(CONTRACT_ENDING))
      throw new UsageError(`${file}: not a contract, whose name ends in ${CONTRACT_ENDING}`);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`${file}: no such file`);
    const folder = path.dirname(path.resolve(file));
    folders.set(folder, [...(folders.get(folder) ?? []), path.basename(file)]);
  }
  return folders;
}

/** The contracts of a folder. */
function contractsIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${folder}: no such folder`);
  const contracts = readdirSync(folder).filter((file) => file.endsWith(CONTRACT_ENDING));
  if (contracts.length === 0)
    throw new UsageError(`${folder}: holds no contract, whose name ends in ${CONTRACT_ENDING}`);
  return contracts;
}

/** Checks contracts of a folder, each whatever is wrong with the others; answers whether all promises hold. */
async function checkFolder(folder: string, contracts: readonly string[]): Promise<boolean> {
  const { datasets, problems } = readContracts(folder, 'local', new Naming('local'));
  const asked = problems.filter(({ file }) => contracts.includes(file));
  if (asked.length > 0) console.error(new ContractError(asked).message);
  const readable = contracts.filter((file) => !asked.some((problem) => problem.file === file));
  if (readable.length > 0) console.log(`✓ ${readable.join(', ')}`);
  let holds = asked.length === 0;
  const runnable: Runnable[] = [];
  for (const file of readable) {
    const dataset = datasets.get(file);
    const source = dataset?.source;
    if (!dataset || source?.type !== 's3' || source.localPath === null) {
      console.log(`\n${dataset?.name ?? file}: no local files; only its contract was read`);
      continue;
    }
    const files = await localFiles(path.resolve(folder, source.localPath));
    if (files.length > 0) runnable.push({ dataset, files });
    else
      console.log(`\n✗ ${dataset.name}: no file at '${source.localPath}', relative to the contract's folder ${folder}`);
    holds &&= files.length > 0;
  }
  return (runnable.length === 0 || (await run(runnable))) && holds;
}

/** Runs data sets one after the other, and shows each once it is done. */
async function run(runnable: readonly Runnable[]): Promise<boolean> {
  const session = startSession();
  const requests = runnable.map(({ dataset, files }) => ({
    definition: JSON.stringify(dataset),
    files: Object.fromEntries(files.map(({ name, path: file }) => [name, file])),
  }));
  // A session that ends early is noticed by the answers that are missing.
  session.stdin!.on('error', () => undefined).end(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  let [done, holds] = [0, true];
  for await (const line of createInterface({ input: session.stdout! })) {
    const result = JSON.parse(line) as CheckResult;
    console.log(`\n${renderCheck(runnable[done]!.dataset.name, result)}`);
    holds &&= !isBroken(result);
    done += 1;
  }
  if (done < runnable.length) throw new Error(`Spark has ended before ${runnable[done]!.dataset.name}; see ${log}`);
  return holds;
}

/** Starts check.py, which ends with this process however that ends, and removes its files. */
function startSession() {
  mkdirSync(path.dirname(log), { recursive: true });
  const errors = openSync(log, 'w');
  const session = execa(path.join(paths.venv, 'python'), [path.join(__dirname, 'check.py')], {
    env: {
      // Java takes the encoding of file names from here.
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      JAVA_HOME: paths.java,
      PYTHONPATH: [path.join(paths.root, 'glue-jobs'), paths.python].join(path.delimiter),
      SPARK_LOCAL_IP: '127.0.0.1',
      CHECK_JARS: paths.jars,
      CHECK_JAVA_OPTIONS: QUICK_START.join(' '),
    },
    stdio: ['pipe', 'pipe', errors],
    buffer: false,
    reject: false,
  });
  closeSync(errors);
  return session;
}

async function main(contracts: readonly string[], { datasets }: { datasets: string }): Promise<boolean> {
  if (contracts.length === 0) return checkFolder(path.resolve(datasets), contractsIn(datasets));
  const results: boolean[] = [];
  for (const [folder, files] of filesByFolder(contracts)) results.push(await checkFolder(folder, files));
  return results.every(Boolean);
}

program.parse();
main(program.args, program.opts())
  .then((holds) => {
    process.exitCode = holds ? 0 : 1;
  })
  .catch((error: Error) => {
    console.error(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  });
