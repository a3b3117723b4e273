import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { escapePath } from 'fast-glob';
import { format as pretty, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { environmentNames, loadEnvironment } from '../environments';
import { ContractError, loadDataSets } from '../modules/contract';
import { ENCODINGS } from '../modules/contract/server-schema';
import { Naming } from '../modules/naming';
import { draft, type Landing } from './new-dataset/draft';
import { toName } from './new-dataset/names';
import { nextSteps, summary } from './new-dataset/report';
import { readSample, SampleError, type Question } from './new-dataset/sample';

interface Options {
  readonly name?: string;
  readonly primaryKey?: string[];
  readonly rows: number;
  readonly encoding?: string;
  readonly datasets: string;
  readonly stdout: boolean;
  readonly check: boolean;
}

const FORMATS: Readonly<Record<string, Question['format']>> = {
  ...{ '.csv': 'csv', '.tsv': 'csv', '.txt': 'csv' },
  ...{ '.json': 'json', '.jsonl': 'json', '.ndjson': 'json', '.parquet': 'parquet' },
};

const program = new Command('npm run new-dataset --')
  .description(
    'Drafts the contract of a data set from a sample file: CSV, JSON with an object per line, Parquet; the first two may be ' +
      'compressed with gzip. What it guesses stands in the draft as comments that begin with "confirm". Then checks the draft on ' +
      'the sample, as `npm run check` does.',
  )
  .argument('<file>', 'the sample, just as it will be delivered')
  .option('--name <id>', 'id of the data set (default: the name of the file)')
  .option(
    '--primary-key <columns>',
    "the key's columns, named as in the file and separated by commas (default: none; what could be one is named)",
    list,
  )
  .option('--rows <number>', 'how many rows to look at, from the first on', positive, 100_000)
  .addOption(
    new Option('--encoding <name>', 'encoding of CSV (default: UTF-8 or UTF-16 if it is, else windows-1252)').choices(
      ENCODINGS,
    ),
  )
  .option('--datasets <folder>', 'folder of contracts, to which the draft is added', 'datasets')
  .option('--stdout', 'print the draft, and neither write nor check anything', false)
  .option('--no-check', 'leave the check out, which takes some seconds')
  .addHelpText(
    'after',
    '\nExit codes: 0 drafted, whatever the check says; 1 the file cannot be used or has a contract already; 2 wrong usage.',
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

/** The command is not as it must be. */
class UsageError extends Error {}

function list(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number above 0');
  return value;
}

async function main(file: string, options: Options): Promise<void> {
  const { datasets, rows, encoding = null, primaryKey: key = [], stdout } = options;
  if (!statSync(datasets, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${datasets}: no such folder`);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`${file}: no such file`);
  const { stem, extension, format } = kindOf(file);
  const id = options.name ?? toName(stem, 'data');
  refuseExisting(datasets, id);

  const sample = readSample({ file, format, rows, encoding, key });
  const place = path.relative(datasets, file).split(path.sep).join('/');
  const text = draft(sample, { id, path: escapePath(place), format, landings: landingsOf(id, extension), key });
  const target = path.join(datasets, `${id}.odcs.yaml`);
  const contract = await pretty(text, { ...(await resolveConfig(target)), parser: 'yaml' });
  check(id, contract);

  const guessed = summary(sample, { file, place, encoding, key });
  if (stdout) {
    process.stdout.write(contract);
    console.error(guessed);
  } else {
    writeFileSync(target, contract, { flag: 'wx' });
    console.log(guessed);
    if (options.check) tryOut(target);
    console.log(`\n${nextSteps(id, target, datasets)}`);
  }
}

/** Shows what the contract makes of the sample. */
function tryOut(contract: string): void {
  const command = ['-r', 'ts-node/register', path.join('local', 'check.ts'), path.resolve(contract)];
  console.log('\nWhat the draft makes of the sample:\n');
  const { status } = spawnSync(process.execPath, command, { cwd: path.resolve(__dirname, '..'), stdio: 'inherit' });
  if (status !== 0) console.log('\nThe draft is written, and the sample does not keep to it yet.');
}

/** Name and format of a file, and the ending by which it is known. */
function kindOf(file: string) {
  const [, stem = '', ending = '', gz = ''] = /^(.*?)(\.\w+)?(\.gz)?$/.exec(path.basename(file)) ?? [];
  const format = FORMATS[ending.toLowerCase()];
  if (format === undefined || (format === 'parquet' && gz !== '')) {
    throw new UsageError(
      `${file}: must end in one of ${Object.keys(FORMATS).join(', ')}; of CSV and JSON .gz may follow`,
    );
  }
  return { stem, extension: `${ending}${gz}`, format };
}

/** @throws SampleError if the folder has a contract of that id, or a file by the name of the draft. */
function refuseExisting(datasets: string, id: string): void {
  const contracts = readdirSync(datasets).filter((name) => name.endsWith('.odcs.yaml'));
  const isTaken = (name: string) => parse(readFileSync(path.join(datasets, name), 'utf8'))?.id === id;
  const taken = contracts.find((name) => name === `${id}.odcs.yaml` || isTaken(name));
  if (taken === undefined) return;
  throw new SampleError(`${path.join(datasets, taken)}: is there already, with id ${id}; --name gives another id`);
}

/** Where environments get it that take what is new; of the others each gets what was tested in one of these. */
function landingsOf(id: string, extension: string): Landing[] {
  return environmentNames()
    .filter((name) => name !== 'local')
    .map(loadEnvironment)
    .filter(({ promotedFrom, standby }) => promotedFrom === undefined && standby === undefined)
    .map(({ name: environment }) => {
      const bucket = new Naming(environment).bucket('source');
      return { environment, location: `s3://${bucket}/${id}/*${extension}` };
    });
}

/** @throws SampleError if the contract is not one that the product takes. */
function check(id: string, contract: string): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'draft-'));
  try {
    writeFileSync(path.join(folder, `${id}.odcs.yaml`), contract);
    loadDataSets(folder, 'local', new Naming('local'));
  } catch (error) {
    throw error instanceof ContractError ? new SampleError(error.message) : error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main(program.parse().args[0]!, program.opts()).catch((error: Error) => {
  if (!(error instanceof SampleError || error instanceof UsageError)) throw error;
  console.error(`new-dataset: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
