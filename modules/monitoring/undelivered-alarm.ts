import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { Construct } from 'constructs';
import type { Naming } from '../naming';

export interface UndeliveredAlarmProps {
  readonly naming: Naming;
  readonly queueName: string;
  readonly topicArn: string;
}

const PERIOD_SECONDS = 300;

/** Tells the operator that an event went astray: a source object that no run knows of, or a product that did not start. */
export class UndeliveredAlarm extends Construct {
  constructor(scope: Construct, id: string, { naming, queueName, topicArn }: UndeliveredAlarmProps) {
    super(scope, id);
    new CloudwatchMetricAlarm(this, 'alarm', {
      alarmName: naming.resource('undelivered-events'),
      alarmDescription: `Queue ${queueName} holds events that could not be delivered or dealt with`,
      alarmActions: [topicArn],
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: queueName },
      statistic: 'Maximum',
      period: PERIOD_SECONDS,
      evaluationPeriods: 1,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 0,
      // A queue that nobody uses reports nothing.
      treatMissingData: 'notBreaching',
    });
  }
}
