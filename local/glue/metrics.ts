import { statfsSync } from 'node:fs';
import { CloudWatchClient, MetricDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { Engine, Execution } from './engine';
import { SparkFigures } from './event-log';

const BYTES_PER_GB = 2 ** 30;

/** Sends a run's metrics where its arguments ask for them; a run that never reached Spark has none but its outcome. */
export async function publishMetrics(
  { arguments: args, record: { run }, folder }: Execution,
  { JobRunState }: Parameters<Engine['publish']>[1],
  cloudwatch: CloudWatchClient,
  figures: SparkFigures | undefined,
): Promise<void> {
  const metrics: Metric[] = [];
  // The key alone switches them on, whatever its value.
  if (figures && args['--enable-metrics'] !== undefined) metrics.push(...sparkMetrics(figures));
  if (args['--enable-observability-metrics'] === 'true') {
    metrics.push(...outcomeMetrics(JobRunState === 'SUCCEEDED'));
    if (figures) metrics.push(...observedMetrics(figures, folder));
  }
  if (metrics.length === 0) return;
  const MetricData = ['ALL', run.Id].flatMap((runId) => metrics.map((metric) => datum(metric, run.JobName, runId)));
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Glue', MetricData }));
}

interface Metric {
  name: string;
  type: 'count' | 'gauge';
  value: number;
  unit: MetricDatum['Unit'];
  observabilityGroup?: string;
}

/** Glue's metrics, each from Spark's figures; what Spark does not measure is left out. */
export function sparkMetrics(figures: SparkFigures): Metric[] {
  const aggregate = (name: string, value: number, unit: MetricDatum['Unit'] = 'Count'): Metric => ({
    ...{ name: `glue.driver.aggregate.${name}`, type: 'count', value, unit },
  });
  const gauge = (name: string, value: number, unit: MetricDatum['Unit']): Metric[] =>
    ['driver', 'ALL'].map((scope) => ({ name: `glue.${scope}.${name}`, type: 'gauge', value, unit }));
  const { heapUsedBytes, heapMaximumBytes } = figures;
  return [
    aggregate('elapsedTime', figures.elapsedMilliseconds, 'Milliseconds'),
    aggregate('bytesRead', figures.bytesRead, 'Bytes'),
    aggregate('recordsRead', figures.recordsRead),
    aggregate('numCompletedStages', figures.completedStages),
    aggregate('numCompletedTasks', figures.completedTasks),
    aggregate('numFailedTasks', figures.failedTasks),
    aggregate('numKilledTasks', figures.killedTasks),
    aggregate('shuffleBytesWritten', figures.shuffleBytesWritten, 'Bytes'),
    aggregate('shuffleLocalBytesRead', figures.shuffleLocalBytesRead, 'Bytes'),
    ...gauge('s3.filesystem.read_bytes', figures.bytesRead, 'Bytes'),
    ...gauge('s3.filesystem.write_bytes', figures.bytesWritten, 'Bytes'),
    ...(heapUsedBytes > 0 ? gauge('jvm.heap.used', heapUsedBytes, 'Bytes') : []),
    ...(heapUsedBytes > 0 && heapMaximumBytes > 0
      ? gauge('jvm.heap.usage', heapUsedBytes / heapMaximumBytes, 'None')
      : []),
  ];
}

/** What shows where a run is short of something; disks are that of this machine. */
function observedMetrics({ skewness }: SparkFigures, folder: string): Metric[] {
  const { bavail, bfree, blocks, bsize } = statfsSync(folder);
  const gauge = (observabilityGroup: string, name: string, value: number, unit: MetricDatum['Unit']): Metric => ({
    ...{ name, type: 'gauge', value, unit, observabilityGroup },
  });
  const disk = (figure: string, count: number) =>
    ['driver', 'ALL'].map((of) =>
      gauge('resource_utilization', `glue.${of}.disk.${figure}_GB`, (count * bsize) / BYTES_PER_GB, 'Gigabytes'),
    );
  return [
    gauge('job_performance', 'glue.driver.skewness.job', skewness, 'Count'),
    ...disk('used', blocks - bfree),
    ...disk('available', bavail),
  ];
}

function outcomeMetrics(succeeded: boolean): Metric[] {
  return [
    { name: 'glue.succeed.ALL', type: 'count', value: Number(succeeded), unit: 'Count', observabilityGroup: 'error' },
    { name: 'glue.error.ALL', type: 'count', value: Number(!succeeded), unit: 'Count', observabilityGroup: 'error' },
  ];
}

function datum({ name, type, value, unit, observabilityGroup }: Metric, job: string, runId: string): MetricDatum {
  const dimensions = { JobName: job, JobRunId: runId, Type: type, ObservabilityGroup: observabilityGroup };
  return {
    MetricName: name,
    Value: value,
    Unit: unit,
    Timestamp: new Date(),
    Dimensions: Object.entries(dimensions).flatMap(([Name, Value]) => (Value === undefined ? [] : [{ Name, Value }])),
  };
}
