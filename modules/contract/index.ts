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

/**
 * The data sets of an environment: those whose contract in the folder, a file named `*.odcs.yaml`, has a server for it.
 *
 * @throws ContractError with the problems of all contracts, of all environments
 */
export function loadDataSets(folder: string, environment: string, naming: Naming): DataSet[] {
  const problems: Problem[] = [];
  const fileOfId = new Map<string, string>();
  const checked: Checked[] = [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.odcs.yaml'));
  const datasets = files.sort().flatMap((file) => {
    const report: Report = (path, rule, value) => problems.push({ file, field: toField(path), rule, value });
    const contract = parse(readFileSync(join(folder, file), 'utf8'), report);
    if (!contract) return [];
    const other = fileOfId.get(contract.id);
    if (other !== undefined) report(['id'], `must be unique, and is that of ${other} too`, contract.id);
    fileOfId.set(contract.id, file);
    checked.push({ contract, report });
    return resolve(contract, { environment, naming, folder }, report) ?? [];
  });
  // A contract that cannot be read may be the input that seems to be missing.
  if (checked.length === files.length) checkInputs(checked);
  if (problems.length > 0) throw new ContractError(problems);
  return datasets;
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
