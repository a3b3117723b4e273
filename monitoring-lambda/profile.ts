import { type MetricDataQuery, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { cloudwatch } from './aws';
import { known } from './statistics';

/** How a run used its workers, as far as Glue has measured it: short runs give nothing. */
export interface Profile {
  /** The most of its heap that the driver, or the executors, had in use. */
  readonly heapPercent: number | null;
  /** Glue's measure of how uneven the tasks of its stages were; 0 where they were even. */
  readonly skew: number | null;
  /** Mean share of its workers that were at work, 0 to 1. */
  readonly utilization: number | null;
}

export const NO_PROFILE: Profile = { heapPercent: null, skew: null, utilization: null };

/** A whole number of days, so that few values come of each series; a series is of one run. */
const PERIOD_SECONDS = 86_400;

/** Source: AWS Glue developer guide, "Monitoring with AWS Glue Observability metrics" and "… using Amazon CloudWatch metrics". */
const SERIES = [
  { key: 'driverHeap', name: 'glue.driver.jvm.heap.usage', stat: 'Maximum' },
  { key: 'allHeap', name: 'glue.ALL.jvm.heap.usage', stat: 'Maximum' },
  { key: 'skew', name: 'glue.driver.skewness.job', stat: 'Maximum', group: 'job_performance' },
  { key: 'utilization', name: 'glue.driver.workerUtilization', stat: 'Average', group: 'resource_utilization' },
] as const;

type SeriesKey = (typeof SERIES)[number]['key'];

/** Profiles of runs of a job, in the order of their ids. */
export async function getProfiles(jobName: string, runIds: readonly string[], since: Date): Promise<Profile[]> {
  const queries = runIds.flatMap((runId, index) => SERIES.map((series) => query(series, jobName, runId, index)));
  const values = new Map<string, number[]>();
  const pages = paginateGetMetricData(
    { client: cloudwatch },
    {
      MetricDataQueries: queries,
      StartTime: new Date(Math.floor(since.getTime() / 1000 / PERIOD_SECONDS) * PERIOD_SECONDS * 1000),
      EndTime: new Date(Date.now() + 60_000),
    },
  );
  for await (const { MetricDataResults = [] } of pages) {
    for (const { Id = '', Values = [] } of MetricDataResults) {
      values.set(Id, [...(values.get(Id) ?? []), ...Values]);
    }
  }
  return runIds.map((_, index) => profileOf((key) => values.get(`${key}${index}`) ?? []));
}

function query(series: (typeof SERIES)[number], jobName: string, runId: string, index: number): MetricDataQuery {
  const dimensions = { JobName: jobName, JobRunId: runId, Type: 'gauge' };
  const group = 'group' in series ? { ObservabilityGroup: series.group } : {};
  return {
    Id: `${series.key}${index}`,
    MetricStat: {
      Metric: {
        Namespace: 'Glue',
        MetricName: series.name,
        Dimensions: Object.entries({ ...dimensions, ...group }).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: PERIOD_SECONDS,
      Stat: series.stat,
    },
  };
}

function profileOf(values: (key: SeriesKey) => number[]): Profile {
  const greatest = (...lists: number[][]) => {
    const all = known(lists.flat());
    return all.length > 0 ? Math.max(...all) : null;
  };
  const heap = greatest(values('driverHeap'), values('allHeap'));
  const utilization = values('utilization');
  return {
    heapPercent: heap === null ? null : heap * 100,
    skew: greatest(values('skew')),
    utilization: utilization.length > 0 ? utilization.reduce((a, b) => a + b) / utilization.length : null,
  };
}
