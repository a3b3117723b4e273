import type { Job } from '../glue';

export interface DashboardProps {
  readonly region: string;
  /** Namespace of this project's own metrics. */
  readonly metricNamespace: string;
  readonly jobs: readonly Job[];
}

interface Widget {
  readonly type: 'metric';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly region: string;
    readonly metrics: readonly Metric[];
    readonly stat: 'Sum' | 'Average' | 'Maximum';
    readonly period: number;
    readonly view: 'timeSeries';
    readonly stacked: boolean;
  };
}

/** Namespace, name, then names and values of dimensions, and how it is drawn. */
type Metric = readonly [...string[], { readonly label: string; readonly color?: string; readonly stat?: string }];

const WIDTH = 6;
const HEIGHT = 6;
const PERIOD_SECONDS = 300;
const GREEN = '#2ca02c';
const RED = '#d62728';

/** Of one dashboard: CloudWatch draws no more than 2,500 metrics on it, and those of a data set are 28. */
const MOST_DATA_SETS = 80;

/**
 * Bodies of the dashboards, of which there is one for as many data sets as it has room for: a row per data set with success
 * and failure, duration, memory, bytes read and written.
 */
export function dashboardBodies(props: DashboardProps): { readonly widgets: readonly Widget[] }[] {
  const datasets = [...new Set(props.jobs.map(({ dataset }) => dataset))];
  return Array.from({ length: Math.ceil(datasets.length / MOST_DATA_SETS) }, (_, index) => {
    const drawn = datasets.slice(index * MOST_DATA_SETS, (index + 1) * MOST_DATA_SETS);
    return { widgets: drawn.flatMap((dataset, row) => dataSetRow(dataset, row, props)) };
  });
}

function dataSetRow(dataset: string, row: number, { region, metricNamespace, jobs }: DashboardProps): Widget[] {
  const ofDataSet = jobs.filter((job) => job.dataset === dataset);
  const metrics = (draw: (job: Job) => Metric[]) => ofDataSet.flatMap(draw);
  const own = (name: string, { name: jobName, stage }: Job, color?: string): Metric => [
    metricNamespace,
    name,
    'JobName',
    jobName,
    { label: stage, ...(color && { color }) },
  ];
  const glue = (name: string, type: string, { name: jobName }: Job, label: string): Metric => [
    ...['Glue', name, 'JobName', jobName, 'JobRunId', 'ALL', 'Type', type],
    { label },
  ];
  const columns = [
    {
      title: 'runs',
      stat: 'Sum' as const,
      stacked: true,
      metrics: metrics((job) => [own('JobRunsSucceeded', job, GREEN), own('JobRunsFailed', job, RED)]),
    },
    { title: 'seconds', stat: 'Maximum' as const, metrics: metrics((job) => [own('DurationSeconds', job)]) },
    {
      title: 'heap in use',
      stat: 'Average' as const,
      metrics: metrics((job) => [
        glue('glue.driver.jvm.heap.usage', 'gauge', job, `${job.stage} driver`),
        glue('glue.ALL.jvm.heap.usage', 'gauge', job, `${job.stage} executors`),
      ]),
    },
    {
      title: 'bytes',
      stat: 'Sum' as const,
      // Gauges by type, and yet they are to be summed up.
      metrics: metrics((job) => [
        glue('glue.ALL.s3.filesystem.read_bytes', 'gauge', job, `${job.stage} read`),
        glue('glue.ALL.s3.filesystem.write_bytes', 'gauge', job, `${job.stage} written`),
      ]),
    },
  ];
  return columns.map(({ title, stat, metrics: drawn, stacked = false }, column) => ({
    type: 'metric',
    x: column * WIDTH,
    y: row * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: {
      title: `${dataset}: ${title}`,
      region,
      metrics: drawn,
      stat,
      period: PERIOD_SECONDS,
      view: 'timeSeries',
      stacked,
    },
  }));
}
