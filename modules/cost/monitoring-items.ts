import { WATCH_MINUTES } from '../../monitoring-lambda/metrics';
import { Naming, STAGES } from '../naming';
import { all, itemsOf, jobRuns, sum, type EstimateInput, type Item } from './bill';
import { PRICES } from './prices';
import { DAYS_PER_MONTH, HOURS_PER_MONTH, LOG_MB_PER_JOB_RUN, MB_PER_GB } from './workload';

/** What an environment that fares well sends to each address. */
const ALERTS_PER_MONTH = 10;
/** The monitoring function takes so long for a run of a job, or of its own schedules. */
const LAMBDA_SECONDS = 1;
const WATCHES_PER_MONTH = (HOURS_PER_MONTH * 60) / WATCH_MINUTES;
/** Glue's metrics that it asks for with a run that did something: of it, and of ten before it. */
const METRICS_PER_RUN = 44;

/** CloudWatch, and what tells people. */
export function monitoringItems(input: EstimateInput): Item[] {
  return [...cloudWatchItems(input), ...messageItems(input), ...functionItems(input)];
}

function cloudWatchItems(input: EstimateInput): Item[] {
  const item = itemsOf('CloudWatch');
  const runs = jobRuns(input);
  const alarmed = sum(all(input, 'aws_cloudwatch_metric_alarm'), ({ metric_query: queries }) =>
    queries ? queries.filter(({ metric }: { metric?: unknown }) => metric).length : 1,
  );
  const ingested = (runs * LOG_MB_PER_JOB_RUN) / MB_PER_GB;
  const kept = Math.min(input.months, input.environment.monitoring.logRetentionDays / DAYS_PER_MONTH);
  return [
    item('alarmed metrics', alarmed, 'metric-months', PRICES.cloudWatchAlarmMetric),
    item('dashboards', all(input, 'aws_cloudwatch_dashboard').length, 'months', PRICES.cloudWatchDashboard),
    item('own metrics', ownMetricMonths(input), 'metric-months', PRICES.cloudWatchMetric),
    item('metrics read', runs * METRICS_PER_RUN, 'metrics', PRICES.cloudWatchMetricRead),
    item('logs, ingested', ingested, 'GB', PRICES.cloudWatchLogsIngested),
    item('logs, stored', ingested * kept, 'GB-months', PRICES.cloudWatchLogsStored),
  ];
}

/** The metrics of its own that the dashboard shows; each is billed for the hours in which a run reports it. */
function ownMetricMonths(input: EstimateInput): number {
  const { metricNamespace } = new Naming(input.environment.name);
  const names = all(input, 'aws_cloudwatch_dashboard')
    .flatMap(({ dashboard_body: body }) => JSON.parse(body).widgets as { properties: { metrics?: string[][] } }[])
    .flatMap(({ properties }) => properties.metrics ?? [])
    .filter(([namespace]) => namespace === metricNamespace)
    .map(([, name, dimension, value]) => [name, dimension, value].join());
  const hours = jobRuns(input) / (STAGES.length * input.datasets.length);
  return new Set(names).size * Math.min(1, hours / HOURS_PER_MONTH);
}

function messageItems(input: EstimateInput): Item[] {
  const emails = all(input, 'aws_sns_topic_subscription').length * ALERTS_PER_MONTH;
  return [itemsOf('SNS')('alerts by email', emails, 'notifications', PRICES.snsEmail)];
}

function functionItems(input: EstimateInput): Item[] {
  const item = itemsOf('Lambda');
  const runs = jobRuns(input) + WATCHES_PER_MONTH + DAYS_PER_MONTH;
  return all(input, 'aws_lambda_function').flatMap(({ memory_size: mb }) => [
    item('runs', runs, 'requests', PRICES.lambdaRequest),
    item('computing', (runs * LAMBDA_SECONDS * mb) / MB_PER_GB, 'GB-seconds', PRICES.lambdaGbSecond),
  ]);
}
