import { METRICS, WATCH_MINUTES, type Dimension, type MetricName } from '../../monitoring-lambda/metrics';
import { STAGES } from '../naming';
import { all, itemsOf, jobRuns, sum, type EstimateInput, type Item } from './bill';
import { PRICES } from './prices';
import { DAYS_PER_MONTH, HOURS_PER_MONTH, LOG_MB_PER_JOB_RUN, MB_PER_GB } from './workload';

/** What an environment that fares well sends to each address. */
const ALERTS_PER_MONTH = 10;
/** The monitoring function takes so long for a run of a job, or of its own schedules. */
const LAMBDA_SECONDS = 1;
const WATCHES_PER_MONTH = (HOURS_PER_MONTH * 60) / WATCH_MINUTES;
/** Metrics that are given in every hour; the others, with runs. */
const WATCHED: readonly MetricName[] = ['FreshnessSeconds', 'FailedActions', 'RunsNotStarted'];
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
    item(
      'composite alarms',
      all(input, 'aws_cloudwatch_composite_alarm').length,
      'alarm-months',
      PRICES.cloudWatchCompositeAlarm,
    ),
    item('dashboards', all(input, 'aws_cloudwatch_dashboard').length, 'months', PRICES.cloudWatchDashboard),
    item('own metrics', ownMetricMonths(input), 'metric-months', PRICES.cloudWatchMetric),
    item('metrics read', runs * METRICS_PER_RUN, 'metrics', PRICES.cloudWatchMetricRead),
    item('logs, ingested', ingested, 'GB', PRICES.cloudWatchLogsIngested),
    item('logs, stored', ingested * kept, 'GB-months', PRICES.cloudWatchLogsStored),
  ];
}

/** The metrics of its own that the monitoring function emits; each is billed for the hours in which there is a value. */
function ownMetricMonths(input: EstimateInput): number {
  const { datasets } = input;
  if (datasets.length === 0) return 0;
  const series: Record<Dimension, number> = { Dataset: datasets.length, JobName: STAGES.length * datasets.length };
  const hoursWithRuns = jobRuns(input) / series.JobName / HOURS_PER_MONTH;
  return sum(Object.entries(METRICS), ([name, { dimensions }]) => {
    const isWatched = !input.environment.standby && WATCHED.includes(name as MetricName);
    const hours = isWatched ? 1 : Math.min(1, hoursWithRuns);
    return hours * sum<Dimension>(dimensions, (dimension) => series[dimension]);
  });
}

function messageItems(input: EstimateInput): Item[] {
  const emails = all(input, 'aws_sns_topic_subscription').length * ALERTS_PER_MONTH;
  return [itemsOf('SNS')('alerts by email', emails, 'notifications', PRICES.snsEmail)];
}

function functionItems(input: EstimateInput): Item[] {
  const item = itemsOf('Lambda');
  const byTheClock = input.environment.standby ? 0 : WATCHES_PER_MONTH + DAYS_PER_MONTH;
  const runs = jobRuns(input) + byTheClock;
  return all(input, 'aws_lambda_function').flatMap(({ memory_size: mb }) => [
    item('runs', runs, 'requests', PRICES.lambdaRequest),
    item('computing', (runs * LAMBDA_SECONDS * mb) / MB_PER_GB, 'GB-seconds', PRICES.lambdaGbSecond),
  ]);
}
