import type { MetricName } from '../../monitoring-lambda/metrics';
import type { JobsOfDataSet } from '../glue';
import { STAGES, type Naming, type Stage } from '../naming';
import type { Runbook } from './runbook';
import { glueSeries, ownSeries } from './series';
import {
  alarmStates,
  draw,
  GRAPH_HEIGHT,
  graphs,
  text,
  TEXT_HEIGHT,
  type Drawn,
  type Graph,
  type Widget,
} from './widgets';

export interface DashboardProps {
  readonly naming: Naming;
  readonly region: string;
  /** ARN of an alarm, by its name. */
  readonly alarmArn: (name: string) => string;
  readonly runbook: Runbook;
  /** Name of the bucket with the reports. */
  readonly reportsBucket: string;
  readonly datasets: readonly JobsOfDataSet[];
}

const PERIOD_SECONDS = 300;
const FRESHNESS_PERIOD_SECONDS = 900;
const DAY_SECONDS = 86_400;
const SECONDS_PER_HOUR = 3600;
const GREEN = '#2ca02c';
const RED = '#d62728';
const STATES_HEIGHT = 5;
/** Of what there is too much of to be drawn, as many as an eye can follow. */
const FOLLOWED = 10;

/** Of one dashboard: CloudWatch draws no more than 500 widgets on it, and those of a data set are 9. */
const MOST_DATA_SETS = 50;

/**
 * Bodies of the dashboards, of which there is one for as many data sets as it has room for. On top stands what is wrong and
 * how all of it fares, whatever the number of data sets; then each data set has a heading and two rows of graphs.
 */
export function dashboardBodies(props: DashboardProps): { readonly widgets: readonly Widget[] }[] {
  const { datasets } = props;
  return Array.from({ length: Math.ceil(datasets.length / MOST_DATA_SETS) }, (_, index) => {
    const drawn = datasets.slice(index * MOST_DATA_SETS, (index + 1) * MOST_DATA_SETS);
    const top = overview(drawn, props);
    const begin = top.at(-1)!.y + top.at(-1)!.height;
    const height = TEXT_HEIGHT + 2 * GRAPH_HEIGHT;
    return { widgets: [...top, ...drawn.flatMap((dataset, row) => dataSet(begin + row * height, dataset, props))] };
  });
}

function overview(drawn: readonly JobsOfDataSet[], props: DashboardProps): Widget[] {
  const { naming, region, alarmArn } = props;
  const names = drawn.map(({ name }) => naming.workflow(name));
  const states = alarmStates(TEXT_HEIGHT, STATES_HEIGHT, 'Data that is not right', names.map(alarmArn));
  const searched = (metric: MetricName, dimension: string, seconds: number) => {
    const { namespace, statistic } = ownSeries(naming.metricNamespace, metric, 'Dataset', '');
    return `SEARCH('{"${namespace}",${dimension}} MetricName="${metric}"', '${statistic}', ${seconds})`;
  };
  const total = (label: string, search: string, more = {}): Drawn => [{ expression: `SUM(${search})`, label, ...more }];
  const most = (search: string): Drawn => [{ expression: `SORT(${search}, MAX, DESC, ${FOLLOWED})`, label: '' }];
  const all: Graph[] = [
    {
      title: 'Runs of all jobs',
      periodSeconds: PERIOD_SECONDS,
      stacked: true,
      metrics: [
        total('succeeded', searched('JobRunsSucceeded', 'JobName', PERIOD_SECONDS), { color: GREEN }),
        total('failed', searched('JobRunsFailed', 'JobName', PERIOD_SECONDS), { color: RED }),
      ],
    },
    {
      title: `Oldest data, ${FOLLOWED} data sets, seconds`,
      periodSeconds: FRESHNESS_PERIOD_SECONDS,
      metrics: [most(searched('FreshnessSeconds', 'Dataset', FRESHNESS_PERIOD_SECONDS))],
    },
    {
      title: `Longest runs, ${FOLLOWED} jobs, seconds`,
      periodSeconds: PERIOD_SECONDS,
      metrics: [most(searched('DurationSeconds', 'JobName', PERIOD_SECONDS))],
    },
    {
      title: 'DPU-hours and cost by day',
      periodSeconds: DAY_SECONDS,
      metrics: [
        total('DPU-hours', searched('DpuHours', 'Dataset', DAY_SECONDS)),
        total('US dollars', searched('CostUsd', 'Dataset', DAY_SECONDS), { yAxis: 'right' }),
      ],
    },
  ];
  return [heading(props), states, ...graphs(TEXT_HEIGHT + STATES_HEIGHT, region, all)];
}

function heading({ naming, region, runbook, reportsBucket }: DashboardProps): Widget {
  const logs = console(region, 'cloudwatch', `#logsV2:log-groups$3FlogGroupNameFilter$3D${naming.prefix}`);
  const reports = `https://s3.console.aws.amazon.com/s3/buckets/${reportsBucket}?prefix=reports/`;
  return text(
    0,
    `# ${naming.prefix}\nRunbook: ${runbook.markdown('this-data-is-not-right')} · [logs](${logs}) · [reports](${reports})`,
  );
}

/** A data set's heading and graphs. */
function dataSet(y: number, dataset: JobsOfDataSet, props: DashboardProps): Widget[] {
  const { naming, region, runbook } = props;
  const { name } = dataset;
  const workflow = console(region, 'glue', `#/v2/etl-configuration/workflows/view/${naming.workflow(name)}`);
  const group = naming.glueLogGroup.replaceAll('/', '$252F');
  const journals = STAGES.map((stage) => {
    const stream = console(
      region,
      'cloudwatch',
      `#logsV2:log-groups/log-group/${group}/log-events/${naming.job(stage, name)}`,
    );
    return `[${stage}](${stream})`;
  });
  const markdown = [
    `## ${name}`,
    `Runbook: ${runbook.markdown('this-data-is-not-right')} · [workflow](${workflow}) · journals: ${journals.join(', ')}`,
  ].join('\n');
  const all = [...jobGraphs(name, naming), ...dataGraphs(dataset, naming)];
  return [text(y, markdown), ...graphs(y + TEXT_HEIGHT, region, all)];
}

/** How its jobs run. */
function jobGraphs(name: string, naming: Naming): Graph[] {
  const byStage = (drawn: (stage: Stage, job: string) => Drawn[]) =>
    STAGES.flatMap((stage) => drawn(stage, naming.job(stage, name)));
  const own = (metric: MetricName, job: string, label: string, more = {}) =>
    draw(ownSeries(naming.metricNamespace, metric, 'JobName', job), label, more);
  const glue = (metric: Parameters<typeof glueSeries>[0], job: string, label: string) =>
    draw(glueSeries(metric, job), label);
  const graph = (title: string, metrics: Drawn[], stacked = false): Graph => ({
    ...{ title: `${name}: ${title}`, metrics, stacked, periodSeconds: PERIOD_SECONDS },
  });
  return [
    graph(
      'runs',
      byStage((stage, job) => [
        own('JobRunsSucceeded', job, `${stage} succeeded`, { color: GREEN }),
        own('JobRunsFailed', job, `${stage} failed`, { color: RED }),
      ]),
      true,
    ),
    graph(
      'seconds',
      byStage((stage, job) => [own('DurationSeconds', job, stage)]),
    ),
    graph(
      'heap in use',
      byStage((stage, job) => [
        glue('glue.driver.jvm.heap.usage', job, `${stage} driver`),
        glue('glue.ALL.jvm.heap.usage', job, `${stage} executors`),
      ]),
    ),
    graph(
      'bytes',
      byStage((stage, job) => [
        glue('glue.ALL.s3.filesystem.read_bytes', job, `${stage} read`),
        glue('glue.ALL.s3.filesystem.write_bytes', job, `${stage} written`),
      ]),
    ),
  ];
}

/** What they make of the data, and what that costs. */
function dataGraphs({ name, latencyHours }: JobsOfDataSet, naming: Naming): Graph[] {
  const own = (metric: MetricName, label: string, more = {}) =>
    draw(ownSeries(naming.metricNamespace, metric, 'Dataset', name), label, more);
  return [
    {
      title: `${name}: rows`,
      periodSeconds: PERIOD_SECONDS,
      metrics: [
        own('RowsRead', 'read'),
        own('RowsQuarantined', 'quarantined', { color: RED }),
        own('RowsPublished', 'published', { color: GREEN }),
      ],
    },
    {
      title: `${name}: age in seconds`,
      periodSeconds: FRESHNESS_PERIOD_SECONDS,
      metrics: [own('FreshnessSeconds', 'since rows were published')],
      ...(latencyHours !== null && { limit: { label: 'promised', value: latencyHours * SECONDS_PER_HOUR } }),
    },
    {
      title: `${name}: quality`,
      periodSeconds: PERIOD_SECONDS,
      metrics: [
        own('RulesFailed', 'rules that failed', { color: RED }),
        own('QuarantinedPercent', '% of rows rejected', { yAxis: 'right' }),
      ],
    },
    {
      title: `${name}: DPU-hours and cost`,
      periodSeconds: PERIOD_SECONDS,
      metrics: [own('DpuHours', 'DPU-hours'), own('CostUsd', 'US dollars', { yAxis: 'right' })],
    },
  ];
}

/** A page of AWS's console. */
function console(region: string, service: string, page: string): string {
  return `https://${region}.console.aws.amazon.com/${service}/home?region=${region}${page}`;
}
