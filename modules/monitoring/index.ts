import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import { DefaultTokenResolver, StringConcat, Tokenization } from 'cdktf';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { DataSet } from '../contract/data-set';
import type { Job } from '../glue';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import { JobAlarms } from './alarms';
import { AlertsTopic } from './alerts-topic';
import { dashboardBodies } from './dashboard';
import { MonitoringFunction } from './monitoring-function';
import { ReportsTopic } from './reports-topic';
import { SchemaChange } from './schema-change';
import { UndeliveredAlarm } from './undelivered-alarm';

export interface MonitoringOutputs {
  readonly topicArn: string;
}

export interface MonitoringProps {
  readonly naming: Naming;
  readonly config: Environment['monitoring'];
  readonly alertEmails: readonly string[];
  readonly reportEmails: readonly string[];
  readonly datasets: readonly DataSet[];
  readonly jobs: readonly Job[];
  /** Name of the queue for events that could not be delivered or dealt with. */
  readonly undeliveredQueue: string;
  /** Name of the log group of the crawlers of raw files. */
  readonly crawlerLogGroup: string;
  /** Name of the log group that holds what Spark's drivers write. */
  readonly driverLogGroup: string;
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
    new SchemaChange(this, 'schema', { naming, crawlerLogGroup: props.crawlerLogGroup, topicArn: this.topicArn });
    // CDKTF looks for its tokens in a text again from each one on: in a body with hundreds of them, that takes seconds.
    const resolver = new DefaultTokenResolver(new StringConcat());
    const variable: string = Tokenization.resolve(region, { scope: this, resolver, preparing: false });
    dashboardBodies({ region: variable, metricNamespace, jobs }).forEach((body, index) => {
      const suffix = index === 0 ? '' : `-${index + 1}`;
      new CloudwatchDashboard(this, `dashboard${suffix}`, {
        dashboardName: `${naming.dashboard}${suffix}`,
        dashboardBody: JSON.stringify(body),
      });
    });
    const reportsTopic = new ReportsTopic(this, 'reports', {
      ...props,
      emails: props.reportEmails,
      keyArn: security.keyArns.messages,
    });
    new MonitoringFunction(this, 'function', {
      ...props,
      topicArn: reportsTopic.arn,
      logRetentionDays: config.logRetentionDays,
    });
  }
}
