import type { Datum } from './aws';
import type { MetricName } from './metrics';
import type { JobRunReport } from './report';

type Value = readonly [name: MetricName, value: number | null];

/**
 * A run in figures; what was not counted is left out. Both outcomes are always given, so that neither series is ever
 * missing while jobs run.
 */
export function runMetrics(report: JobRunReport, dpuHoursToday: number | null): Datum[] {
  const { jobName, dataset } = report;
  return [
    ...series('JobName', jobName, ofJob(report)),
    ...series('Dataset', dataset, ofDataSet(report, dpuHoursToday)),
  ];
}

function ofJob({ failed, seconds, dpuHours, counts, performance }: JobRunReport): Value[] {
  return [
    ['JobRunsSucceeded', failed ? 0 : 1],
    ['JobRunsFailed', failed ? 1 : 0],
    ['DurationSeconds', seconds],
    ['DurationOfP95', performance?.durationOfP95 ?? null],
    ['DpuHours', dpuHours],
    ['RowsRead', counts.read],
    ['RowsQuarantined', counts.quarantined],
    ['RowsPublished', counts.published],
  ];
}

/** Rows are judged by stage `process` and published by `curate`; the others count the same rows again. */
function ofDataSet({ stage, dpuHours, usd, counts, failedRules }: JobRunReport, dpuHoursToday: number | null): Value[] {
  const { read, quarantined } = counts;
  return [
    ['DpuHours', dpuHours],
    ['DpuHoursToday', dpuHoursToday],
    ['CostUsd', usd],
    ...(stage === 'process'
      ? ([
          ['RowsRead', read],
          ['RowsQuarantined', quarantined],
        ] as const)
      : []),
    ['QuarantinedPercent', stage === 'process' && read && quarantined !== null ? (100 * quarantined) / read : null],
    ['RulesFailed', stage === 'validate' ? failedRules.length : null],
    ['RowsPublished', stage === 'curate' ? counts.published : null],
  ];
}

function series(dimension: Datum['dimension'], of: string, values: readonly Value[]): Datum[] {
  return values.flatMap(([name, value]) => (value === null ? [] : [{ name, value, dimension, of }]));
}
