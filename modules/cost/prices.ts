/**
 * What AWS charges on demand in us-east-1, in USD, without free tiers and discounts for quantity: the bill of an account that
 * has used them up. Each price stands on the page that is named above it; `asOf` is the day on which they were last looked up,
 * in stored copies of those pages and in what Infracost tests against, which comes from AWS's price list.
 */
export const PRICES = {
  asOf: '2026-11-24',
  region: 'us-east-1',

  /** https://aws.amazon.com/glue/pricing/ */
  glueDpuHour: 0.44,
  glueFlexDpuHour: 0.29,

  /** https://aws.amazon.com/s3/pricing/ per GB-month, per request, per object moved by a lifecycle rule */
  s3Standard: 0.023,
  s3InfrequentAccess: 0.0125,
  s3GlacierInstantRetrieval: 0.004,
  s3Put: 0.000005,
  s3Get: 0.0000004,
  s3ToInfrequentAccess: 0.00001,
  s3ToGlacierInstantRetrieval: 0.00002,
  /** The same page: per GB that is copied within 15 minutes, and that leaves for another Region */
  s3ReplicationTimeControl: 0.015,
  s3ToAnotherRegion: 0.02,

  /** https://aws.amazon.com/kms/pricing/ per key and month */
  kmsKey: 1,

  /** https://aws.amazon.com/cloudwatch/pricing/ per alarmed metric, composite alarm, dashboard, metric and month; per metric that is read; per GB */
  cloudWatchAlarmMetric: 0.1,
  cloudWatchCompositeAlarm: 0.5,
  cloudWatchDashboard: 3,
  cloudWatchMetric: 0.3,
  cloudWatchMetricRead: 0.00001,
  cloudWatchLogsIngested: 0.5,
  cloudWatchLogsStored: 0.03,

  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ per request unit, per GB-month with its point-in-time recovery */
  dynamoWrite: 0.000000625,
  dynamoRead: 0.000000125,
  dynamoStored: 0.25,
  dynamoPointInTimeRecovery: 0.2,

  /** https://aws.amazon.com/privatelink/pricing/ per endpoint, zone and hour */
  vpcEndpointHour: 0.01,
  /** https://aws.amazon.com/route53/pricing/ per check of something in AWS and month */
  route53HealthCheck: 0.5,
  /** https://aws.amazon.com/vpc/pricing/ per gateway and hour */
  natGatewayHour: 0.045,

  /** https://aws.amazon.com/config/pricing/ per recorded configuration, per evaluation of a rule */
  configItem: 0.003,
  configEvaluation: 0.001,
  /** https://aws.amazon.com/cloudtrail/pricing/ per data event; the first trail's management events are free */
  cloudTrailDataEvent: 0.000001,

  /** https://aws.amazon.com/sqs/pricing/ per request */
  sqsRequest: 0.0000004,
  /** https://aws.amazon.com/sns/pricing/ per notification by email */
  snsEmail: 0.00002,
  /** https://aws.amazon.com/lambda/pricing/ per request, per GB-second */
  lambdaRequest: 0.0000002,
  lambdaGbSecond: 0.0000166667,
  /** https://aws.amazon.com/secrets-manager/pricing/ per secret and month */
  secret: 0.4,
} as const;
