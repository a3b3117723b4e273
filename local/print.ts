import Table from 'cli-table3';
import { failures, RunSummary } from '../monitoring-lambda/page';
import { STAGES } from '../modules/naming';
import type { QueryResult } from './glue/queries';

const PLAIN = { style: { head: [], border: [], compact: true } };
const number = (value: number | null) => (value === null ? '' : value.toLocaleString('en-US'));

/** The failing jobs' own errors. */
export function printFailures(failed: ReturnType<typeof failures>): void {
  for (const { name, stage, state, error } of failed)
    console.error(`\n${name} ${stage} ${state}: ${error ?? 'Glue gives no reason'}`);
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
