import Table from 'cli-table3';
import { RunSummary, StageSummary } from '../monitoring-lambda/page';
import { STAGES } from '../modules/naming';
import { QueryResult } from './sql-engine';

const PLAIN = { style: { head: [], border: [], compact: true } };
const number = (value: number | null) => (value === null ? '' : value.toLocaleString('en-US'));

interface Failure {
  dataset: string;
  stage: string;
  result: StageSummary;
}

/** The stages that did not succeed; those that a failed stage kept from starting are left out where it has an error. */
export function failures({ datasets }: RunSummary): Failure[] {
  return Object.entries(datasets).flatMap(([dataset, stages]) => {
    const failed = STAGES.map((stage) => ({ dataset, stage, result: stages[stage] }));
    return failed.filter(({ result }) => result.state !== 'SUCCEEDED').slice(0, 1);
  });
}

/** The failing jobs' own errors. */
export function printFailures(failed: Failure[]): void {
  for (const { dataset, stage, result } of failed)
    console.error(`\n${dataset} ${stage} ${result.state}: ${result.error ?? 'Glue gives no reason'}`);
}

/** A row per data set and stage, then the result of the example query. */
export function printRun({ datasets, seconds }: RunSummary, query: QueryResult | undefined): void {
  const counts = ['read', 'good', 'quarantined', 'duplicates', 'published'] as const;
  const table = new Table({
    ...PLAIN,
    head: ['data set', 'stage', 'state', ...counts, 'seconds'],
    colAligns: ['left', 'left', 'left', ...counts.map(() => 'right' as const), 'right'],
  });
  for (const [dataset, stages] of Object.entries(datasets))
    for (const stage of STAGES) {
      const result = stages[stage];
      table.push([dataset, stage, result.state, ...counts.map((count) => number(result[count])), result.seconds]);
    }
  console.log(`\n${table}\nin ${seconds} s`);
  if (query) console.log(`\n${formatRows(query)}`);
}

/** A query's result as a table for a terminal. */
export function formatRows({ columns, rows }: QueryResult): string {
  const isNumeric = (index: number) => rows.every((row) => row[index] === null || typeof row[index] === 'number');
  const table = new Table({
    ...PLAIN,
    head: columns,
    colAligns: columns.map((_, index) => (isNumeric(index) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map((value) => (value === null ? 'NULL' : String(value)))));
  return table.toString();
}
