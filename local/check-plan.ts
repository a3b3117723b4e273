import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { environmentNames } from '../environments';
import { CONTRACT_ENDING, ContractError, readContracts, type Contracts } from '../modules/contract';
import type { DataSet } from '../modules/contract/data-set';
import { Naming } from '../modules/naming';
import { localFiles, type LocalFile } from './sources';

/** The command is not as it must be. */
export class UsageError extends Error {}

/** A data set that can be checked, with its files; a data product, which has none, comes behind its inputs. */
export interface Step {
  readonly dataset: DataSet;
  readonly files: readonly LocalFile[] | null;
}

/** What is to be checked, and what is known before anything runs. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Files of contracts without problems. */
  readonly readable: readonly string[];
  /** The problems of the others. */
  readonly problems?: ContractError;
  /** Data sets that cannot be run, with the reason; `isBroken` where that breaks a promise. */
  readonly left: readonly { name: string; why: string; isBroken: boolean }[];
}

/** Names of the contracts that are asked for, by their folder. @throws UsageError */
export function contractsByFolder(contracts: readonly string[], folder: string): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  if (contracts.length === 0) return folders.set(path.resolve(folder), contractsIn(folder));
  for (const file of contracts) {
    if (!file.endsWith(CONTRACT_ENDING))
      throw new UsageError(`${file}: not a contract, whose name ends in ${CONTRACT_ENDING}`);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`${file}: no such file`);
    const place = path.dirname(path.resolve(file));
    folders.set(place, [...(folders.get(place) ?? []), path.basename(file)]);
  }
  return folders;
}

function contractsIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${folder}: no such folder`);
  const contracts = readdirSync(folder).filter((file) => file.endsWith(CONTRACT_ENDING));
  if (contracts.length === 0)
    throw new UsageError(`${folder}: holds no contract, whose name ends in ${CONTRACT_ENDING}`);
  return contracts;
}

/**
 * Reads contracts of a folder, each whatever is wrong with the others, and finds their files; the inputs of a data product
 * are checked with it.
 *
 * @param sample file in place of those that the one contract names
 * @throws UsageError if there can be no such sample
 */
export async function planChecks(folder: string, contracts: readonly string[], sample?: string): Promise<Plan> {
  const found = readContracts(folder, 'local', new Naming('local'));
  const asked = withInputs(found, contracts);
  const problems = found.problems.filter(({ file }) => asked.includes(file));
  const readable = asked.filter((file) => !problems.some((problem) => problem.file === file));
  const [steps, left]: [Step[], Plan['left'][number][]] = [[], []];
  for (const file of readable) {
    const dataset = found.datasets.get(file) ?? (sample === undefined ? undefined : elsewhere(folder, file));
    const source = dataset?.source;
    if (sample !== undefined) steps.push({ dataset: dataset!, files: sampleOf(dataset, file, sample) });
    else if (source?.type === 'query') steps.push({ dataset: dataset!, files: null });
    else if (source?.type !== 's3' || source.localPath === null)
      left.push({ name: dataset?.name ?? file, why: 'no local files; only its contract was read', isBroken: false });
    else {
      const files = await localFiles(path.resolve(folder, source.localPath));
      const why = `no file at '${source.localPath}', relative to the contract's folder ${folder}`;
      if (files.length > 0) steps.push({ dataset: dataset!, files });
      else left.push({ name: dataset!.name, why, isBroken: true });
    }
  }
  return { steps, left, readable, ...(problems.length > 0 && { problems: new ContractError(problems) }) };
}

/** The files, those of inputs before those of what is made of them. */
function withInputs({ datasets }: Contracts, asked: readonly string[]): string[] {
  const fileOf = new Map([...datasets].map(([file, { name }]) => [name, file]));
  const ordered = new Set<string>();
  const visiting = new Set<string>();
  const visit = (file: string): void => {
    if (visiting.has(file)) return;
    visiting.add(file);
    const source = datasets.get(file)?.source;
    const inputs = source?.type === 'query' ? source.inputs : [];
    inputs.map((name) => fileOf.get(name)).forEach((input) => input !== undefined && visit(input));
    ordered.add(file);
  };
  asked.forEach(visit);
  return [...ordered];
}

/** The data set of a contract that has no server for `local`, by another one. */
function elsewhere(folder: string, file: string): DataSet | undefined {
  const names = environmentNames().filter((name) => name !== 'local');
  return names.map((name) => readContracts(folder, name, new Naming(name)).datasets.get(file)).find(Boolean);
}

function sampleOf(dataset: DataSet | undefined, contract: string, sample: string): LocalFile[] {
  if (dataset?.source.type !== 's3')
    throw new UsageError(`${contract}: --sample is for data sets whose source is files, and it has no server of such`);
  if (!statSync(sample, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`${sample}: no such file`);
  return [{ name: path.basename(sample), path: path.resolve(sample) }];
}
