import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { Construct } from 'constructs';
import { REPLICATED, type Naming } from '../naming';
import { RULE_ID } from './replication';

export interface ReplicationAlarmsProps {
  readonly naming: Naming;
  /** The other Region, and names there. */
  readonly other: { readonly region: string; readonly naming: Naming };
  readonly topicArn: string;
}

/** What S3 promises; DynamoDB needs about a second. */
const S3_SECONDS = 900;
const TABLE_MILLISECONDS = 60_000;
const PERIOD_SECONDS = 300;
const PERIODS = 3;

/**
 * Tells the operator that copies lag behind or fail, each Region of what it can see: S3 reports lag in the Region that it
 * copies to, which is the one that needs to know, and failure in that it copies from; DynamoDB reports lag where items are
 * written. Sources: Amazon S3 user guide, "Using S3 Replication metrics"; Amazon DynamoDB developer guide, "Monitoring global
 * tables".
 */
export class ReplicationAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ReplicationAlarmsProps,
  ) {
    super(scope, id);
    const { naming, other } = props;
    for (const purpose of REPLICATED) {
      const [own, others] = [naming.bucket(purpose), other.naming.bucket(purpose)];
      this.alarm(`lag-${purpose}`, {
        alarmDescription: `${own} is more than ${S3_SECONDS / 60} minutes behind ${others}: what is not copied would be lost`,
        ...copying(others, own, 'ReplicationLatency'),
        statistic: 'Maximum',
        threshold: S3_SECONDS,
        evaluationPeriods: PERIODS,
      });
      this.alarm(`failed-${purpose}`, {
        alarmDescription: `Objects of ${own} were not copied to ${others}, and S3 does not try again`,
        ...copying(own, others, 'OperationsFailedReplication'),
        statistic: 'Sum',
        threshold: 0,
        evaluationPeriods: 1,
      });
    }
    for (const table of ['job-state', 'job-bookmarks'] as const) this.alarmOnTable(table);
  }

  private alarmOnTable(id: 'job-state' | 'job-bookmarks'): void {
    const { naming, other } = this.props;
    const name = { 'job-state': naming.jobStateTable, 'job-bookmarks': naming.jobBookmarksTable }[id];
    this.alarm(`lag-${id}`, {
      alarmDescription: `Table ${name} of ${other.region} is more than ${TABLE_MILLISECONDS / 1000} seconds behind`,
      namespace: 'AWS/DynamoDB',
      metricName: 'ReplicationLatency',
      dimensions: { TableName: name, ReceivingRegion: other.region },
      statistic: 'Maximum',
      threshold: TABLE_MILLISECONDS,
      evaluationPeriods: PERIODS,
    });
  }

  private alarm(purpose: string, config: Omit<CloudwatchMetricAlarmConfig, 'alarmName' | 'comparisonOperator'>): void {
    const { naming, topicArn } = this.props;
    new CloudwatchMetricAlarm(this, purpose, {
      ...config,
      alarmName: naming.resource(`replication-${purpose}`),
      alarmActions: [topicArn],
      comparisonOperator: 'GreaterThanThreshold',
      period: PERIOD_SECONDS,
      // While nothing is written there is nothing to copy.
      treatMissingData: 'notBreaching',
    });
  }
}

function copying(source: string, destination: string, metricName: string) {
  const dimensions = { SourceBucket: source, DestinationBucket: destination, RuleId: RULE_ID };
  return { namespace: 'AWS/S3', metricName, dimensions };
}
