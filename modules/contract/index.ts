import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Naming } from '../naming';
import type { DataSet } from './data-set';
import { ContractError, reportIssues, toField, type Problem, type Report } from './errors';
import { checkInputs, type Checked } from './products';
import { resolve } from './resolve';
import { contractSchema, type Contract } from './schema';

export { ContractError } from './errors';

export const CONTRACT_ENDING = '.odcs.yaml';

/** What the contracts of a folder say of an environment. */
export interface Contracts {
  /** The data sets of the environment, by the file of their contract; those with problems may be among them. */
  readonly datasets: ReadonlyMap<string, DataSet>;
  /** The problems of all contracts, of all environments. */
  readonly problems: readonly Problem[];
}

/**
 * The data sets of an environment: those whose contract in the folder, a file named `*.odcs.yaml`, has a server for it.
 *
 * @throws ContractError with the problems of all contracts, of all environments
 */
export function loadDataSets(folder: string, environment: string, naming: Naming): DataSet[] {
  const { datasets, problems } = readContracts(folder, environment, naming);
  if (problems.length > 0) throw new ContractError(problems);
  return [...datasets.values()];
}

/** The same, whatever is wrong with some of the contracts. */
export function readContracts(folder: string, environment: string, naming: Naming): Contracts {
  const problems: Problem[] = [];
  const fileOfId = new Map<string, string>();
  const checked: Checked[] = [];
  const datasets = new Map<string, DataSet>();
  const files = readdirSync(folder).filter((file) => file.endsWith(CONTRACT_ENDING));
  for (const file of files.sort()) {
    const report: Report = (path, rule, value) => problems.push({ file, field: toField(path), rule, value });
    const contract = parse(readFileSync(join(folder, file), 'utf8'), report);
    if (!contract) continue;
    const other = fileOfId.get(contract.id);
    if (other !== undefined) report(['id'], `must be unique, and is that of ${other} too`, contract.id);
    fileOfId.set(contract.id, file);
    checked.push({ contract, report });
    const dataset = resolve(contract, { environment, naming, folder }, report);
    if (dataset) datasets.set(file, dataset);
  }
  // A contract that cannot be read may be the input that seems to be missing.
  if (checked.length === files.length) checkInputs(checked);
  return { datasets, problems };
}

function parse(text: string, report: Report): Contract | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    // The first line says what and where, the others quote the file.
    document.errors.forEach(({ message }) => report([], message.split('\n', 1)[0]?.replace(/:$/, '') ?? message));
    return undefined;
  }
  const contract: unknown = document.toJS();
  const result = contractSchema.safeParse(contract);
  if (!result.success) reportIssues(result.error.issues, contract, report);
  return result.data;
}
