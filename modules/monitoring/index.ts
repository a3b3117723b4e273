import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Job } from '../glue';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import { JobAlarms } from './alarms';
import { AlertsTopic } from './alerts-topic';
import { dashboardBody } from './dashboard';
import { MonitoringFunction } from './monitoring-function';
import { UndeliveredAlarm } from './undelivered-alarm';

export interface MonitoringOutputs {
  readonly topicArn: string;
}

export interface MonitoringProps {
  readonly naming: Naming;
  readonly config: Environment['monitoring'];
  readonly alertEmails: readonly string[];
  readonly jobs: readonly Job[];
  /** Name of the queue for events that could not be delivered or dealt with. */
  readonly undeliveredQueue: string;
  readonly security: SecurityOutputs;
  readonly storage: StorageOutputs;
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
}

/** What tells people how the jobs fare: topic, alarms, dashboard, and the function that reports on each run. */
export class Monitoring extends Construct implements MonitoringOutputs {
  readonly topicArn: string;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { naming, config, alertEmails, jobs, security, region } = props;
    const { metricNamespace } = naming;
    this.topicArn = new AlertsTopic(this, 'alerts', {
      ...props,
      emails: alertEmails,
      keyArn: security.keyArns.messages,
    }).arn;
    for (const job of jobs) {
      new JobAlarms(this, `${job.stage}-${job.dataset}`, {
        job,
        metricNamespace,
        memoryPercent: config.memoryAlarmPercent,
        topicArn: this.topicArn,
      });
    }
    new UndeliveredAlarm(this, 'undelivered', {
      naming,
      queueName: props.undeliveredQueue,
      topicArn: this.topicArn,
    });
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: naming.dashboard,
      dashboardBody: JSON.stringify(dashboardBody({ region, metricNamespace, jobs })),
    });
    new MonitoringFunction(this, 'function', {
      ...props,
      topicArn: this.topicArn,
      logRetentionDays: config.logRetentionDays,
    });
  }
}
