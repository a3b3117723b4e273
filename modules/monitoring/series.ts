import type { CloudwatchMetricAlarmMetricQuery } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { METRICS, type Dimension, type MetricName } from '../../monitoring-lambda/metrics';

/** A series of CloudWatch: without all of its dimensions there is none of that name. */
export interface Series {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** How the values of a period are put together. */
  readonly statistic: 'Sum' | 'Average' | 'Maximum';
}

/** What tells Glue's series apart besides job and run. Their own statistic goes with each: a byte count is a gauge, to be summed up. */
const GLUE = {
  // Since it was last given, in milliseconds.
  'glue.driver.aggregate.elapsedTime': { statistic: 'Sum', type: 'count' },
  'glue.driver.jvm.heap.usage': { statistic: 'Average', type: 'gauge' },
  'glue.ALL.jvm.heap.usage': { statistic: 'Average', type: 'gauge' },
  'glue.ALL.s3.filesystem.read_bytes': { statistic: 'Sum', type: 'gauge' },
  'glue.ALL.s3.filesystem.write_bytes': { statistic: 'Sum', type: 'gauge' },
  'glue.ALL.disk.used_GB': { statistic: 'Average', type: 'gauge', group: 'resource_utilization' },
  'glue.ALL.disk.available_GB': { statistic: 'Average', type: 'gauge', group: 'resource_utilization' },
  'glue.driver.skewness.job': { statistic: 'Maximum', type: 'gauge', group: 'job_performance' },
} as const satisfies Record<string, { statistic: Series['statistic']; type: string; group?: string }>;

/**
 * A series of Glue's, of all runs of a job. Source: AWS Glue developer guide, "Monitoring AWS Glue using Amazon CloudWatch
 * metrics" and, for those with a group, "Monitoring with AWS Glue observability metrics".
 */
export function glueSeries(metricName: keyof typeof GLUE, jobName: string): Series {
  const { statistic, type, ...more } = GLUE[metricName];
  const dimensions = { JobName: jobName, JobRunId: 'ALL', Type: type };
  const grouped = 'group' in more ? { ...dimensions, ObservabilityGroup: more.group } : dimensions;
  return { namespace: 'Glue', metricName, dimensions: grouped, statistic };
}

/** A series that the monitoring function emits. */
export function ownSeries(namespace: string, metricName: MetricName, dimension: Dimension, value: string): Series {
  return { namespace, metricName, dimensions: { [dimension]: value }, statistic: METRICS[metricName].statistic };
}

/** The queries of an alarm on what an expression makes of several series, which it names by their ids. */
export function expression(
  text: string,
  label: string,
  periodSeconds: number,
  series: Readonly<Record<string, Series>>,
): CloudwatchMetricAlarmMetricQuery[] {
  const queries = Object.entries(series).map(([id, { statistic, ...metric }]) => ({
    id,
    metric: { ...metric, stat: statistic, period: periodSeconds },
  }));
  return [...queries, { id: 'result', expression: text, label, returnData: true }];
}
