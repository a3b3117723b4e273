import { METRICS } from '../../monitoring-lambda/metrics';
import { Naming } from '../../modules/naming';

/** A metric as whoever emits it documents it. */
export interface Documented {
  /** Values of dimensions; `*` for one that names a resource. A series has all of them, or it is another series. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistics: readonly string[];
  readonly unit: string;
  /** What values can be. A threshold outside of it is never reached, or always. */
  readonly range: readonly [number, number];
  /** The page that says so. */
  readonly page: string;
}

const GLUE_PAGE = 'https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html';
const OBSERVABILITY_PAGE = 'https://docs.aws.amazon.com/glue/latest/dg/monitor-observability.html';
const SQS_PAGE =
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html';
const LAMBDA_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html';

const glue = (type: 'count' | 'gauge', statistic: string, unit: string, range: Documented['range']): Documented => ({
  dimensions: { JobName: '*', JobRunId: 'ALL', Type: type },
  ...{ statistics: [statistic], unit, range, page: GLUE_PAGE },
});
const observed = (group: string, statistics: string[], unit: string, range: Documented['range']): Documented => ({
  dimensions: { JobName: '*', JobRunId: 'ALL', Type: 'gauge', ObservabilityGroup: group },
  ...{ statistics, unit, range, page: OBSERVABILITY_PAGE },
});
const S3_PAGE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html';
const DYNAMODB_PAGE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html';
const copied = (statistics: string[], unit: string): Documented => ({
  dimensions: { SourceBucket: '*', DestinationBucket: '*', RuleId: '*' },
  ...{ statistics, unit, range: [0, Infinity], page: S3_PAGE },
});
const lambda: Documented = {
  dimensions: { FunctionName: '*' },
  ...{ statistics: ['Sum'], unit: 'Count', range: [0, Infinity], page: LAMBDA_PAGE },
};

/** What AWS emits, by namespace and name: all that alarms and dashboards look at. */
const AWS: Readonly<Record<string, Readonly<Record<string, Documented>>>> = {
  Glue: {
    'glue.driver.aggregate.elapsedTime': glue('count', 'Sum', 'Milliseconds', [0, Infinity]),
    'glue.driver.jvm.heap.usage': glue('gauge', 'Average', 'Percent', [0, 1]),
    'glue.ALL.jvm.heap.usage': glue('gauge', 'Average', 'Percent', [0, 1]),
    // Gauges by type, of which each value is what came since the last one.
    'glue.ALL.s3.filesystem.read_bytes': glue('gauge', 'Sum', 'Bytes', [0, Infinity]),
    'glue.ALL.s3.filesystem.write_bytes': glue('gauge', 'Sum', 'Bytes', [0, Infinity]),
    'glue.ALL.disk.used_GB': observed('resource_utilization', ['Average'], 'Gigabytes', [0, Infinity]),
    'glue.ALL.disk.available_GB': observed('resource_utilization', ['Average'], 'Gigabytes', [0, Infinity]),
    'glue.driver.skewness.job': observed('job_performance', ['Average', 'Minimum', 'Maximum', 'Percentile'], 'Count', [
      0,
      Infinity,
    ]),
  },
  'AWS/SQS': {
    ApproximateNumberOfMessagesVisible: {
      dimensions: { QueueName: '*' },
      statistics: ['Average', 'Minimum', 'Maximum', 'Sum', 'SampleCount'],
      ...{ unit: 'Count', range: [0, Infinity], page: SQS_PAGE },
    },
  },
  'AWS/S3': {
    ReplicationLatency: copied(['Maximum'], 'Seconds'),
    OperationsFailedReplication: copied(['Sum', 'Average'], 'Count'),
  },
  'AWS/DynamoDB': {
    ReplicationLatency: {
      dimensions: { TableName: '*', ReceivingRegion: '*' },
      ...{
        statistics: ['Average', 'Minimum', 'Maximum'],
        unit: 'Milliseconds',
        range: [0, Infinity],
        page: DYNAMODB_PAGE,
      },
    },
  },
  'AWS/Lambda': { Invocations: lambda, Errors: lambda },
};

/** What an alarm looks at that nobody documents; or undefined. The product's own metrics are those of its function and of the filter of the crawlers' log. */
export function documented(
  environment: string,
  namespace: string,
  name: string,
  dimensions: readonly string[],
): Documented | undefined {
  if (namespace !== new Naming(environment).metricNamespace) return AWS[namespace]?.[name];
  const page = 'monitoring-lambda/metrics.ts';
  if (name === 'CrawlerFindings') {
    return { dimensions: {}, statistics: ['Sum'], unit: 'None', range: [0, Infinity], page: 'schema-change.ts' };
  }
  const own = Object.entries(METRICS).find(([metric]) => metric === name)?.[1];
  const dimension = own?.dimensions.find((each) => dimensions.includes(each));
  if (!own || !dimension) return undefined;
  const range = own.unit === 'Percent' ? ([0, 100] as const) : ([0, Infinity] as const);
  return { dimensions: { [dimension]: '*' }, statistics: [own.statistic], unit: own.unit, range, page };
}
