import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmMetricQuery,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { Construct } from 'constructs';
import type { SwitchedAlarm } from '../disaster-recovery/site';
import { exempt } from '../exempt';
import type { Explanation, Runbook } from './runbook';
import type { Series } from './series';

/** What alarms of an environment have in common. */
export interface AlarmContext {
  /** Namespace of this project's own metrics. */
  readonly metricNamespace: string;
  readonly runbook: Runbook;
  readonly topicArn: string;
}

export interface AlarmOptions extends Explanation {
  readonly name: string;
  /** A series, or what an expression makes of several. */
  readonly of: Series | CloudwatchMetricAlarmMetricQuery[];
  readonly periodSeconds: number;
  readonly comparison: 'atLeast' | 'above' | 'below';
  readonly threshold: number;
  /** Whether it tells the topic; one that does not is part of a composite alarm that does. */
  readonly pages: boolean;
  /** So many periods without a reason end it: a value that comes and goes is one message, and not many. @default 1 */
  readonly holdPeriods?: number;
  /** What it means that there are no values: that nothing ran, or that what gives them has stopped. @default 'fine' */
  readonly silence?: 'fine' | 'breaching';
  /** Whether it tells the topic only in the Region that is active. @default it tells it always */
  readonly switched?: SwitchedAlarm;
  readonly tags?: Record<string, string>;
}

const OPERATORS = {
  atLeast: 'GreaterThanOrEqualToThreshold',
  above: 'GreaterThanThreshold',
  below: 'LessThanThreshold',
};

/** An alarm that says why it is raised, and what to do. */
export function createAlarm(
  scope: Construct,
  id: string,
  { runbook, topicArn }: AlarmContext,
  {
    name,
    of,
    periodSeconds,
    pages,
    comparison,
    threshold,
    holdPeriods = 1,
    silence,
    switched,
    tags,
    ...why
  }: AlarmOptions,
): CloudwatchMetricAlarm {
  const alarm = new CloudwatchMetricAlarm(scope, id, {
    alarmName: name,
    alarmDescription: runbook.describe(why),
    ...(pages && { alarmActions: [topicArn] }),
    ...(Array.isArray(of) ? { metricQuery: of } : { ...of, period: periodSeconds }),
    comparisonOperator: OPERATORS[comparison],
    threshold,
    evaluationPeriods: holdPeriods,
    datapointsToAlarm: 1,
    treatMissingData: silence === 'breaching' ? 'breaching' : 'notBreaching',
    tags,
    ...switched,
  });
  if (switched?.actionsEnabled === false) {
    exempt(alarm, { CKV_AWS_319: 'In a Region that stands by nothing runs, of which nobody is to be told' });
  }
  return alarm;
}
