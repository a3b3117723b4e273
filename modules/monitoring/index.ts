import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import { DefaultTokenResolver, StringConcat, Tokenization } from 'cdktf';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import { arn } from '../arn';
import type { Site } from '../disaster-recovery/site';
import type { JobsOfDataSet } from '../glue';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import type { AlarmContext } from './alarm';
import { AlertsTopic } from './alerts-topic';
import { dashboardBodies } from './dashboard';
import { DataSetAlarms } from './data-set-alarms';
import { JobAlarms } from './job-alarms';
import { MonitoringFunction } from './monitoring-function';
import { PlumbingAlarms } from './plumbing-alarms';
import { ReportsTopic } from './reports-topic';
import { Runbook } from './runbook';
import { SavedQueries } from './saved-queries';
import { SchemaChange } from './schema-change';

export interface MonitoringOutputs {
  readonly topicArn: string;
}

export interface MonitoringProps {
  readonly naming: Naming;
  readonly site: Site;
  readonly config: Environment['monitoring'];
  readonly alertEmails: readonly string[];
  readonly reportEmails: readonly string[];
  readonly datasets: readonly JobsOfDataSet[];
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

/** What tells people how data and jobs fare: topic, alarms, dashboards, saved queries, and the function that reports. */
export class Monitoring extends Construct implements MonitoringOutputs {
  readonly topicArn: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: MonitoringProps,
  ) {
    super(scope, id);
    const { naming, config, alertEmails, security } = props;
    const runbook = new Runbook(config.runbookUrl);
    this.topicArn = new AlertsTopic(this, 'alerts', {
      ...props,
      runbook,
      emails: alertEmails,
      keyArn: security.keyArns.messages,
    }).arn;
    this.createAlarms({ metricNamespace: naming.metricNamespace, runbook, topicArn: this.topicArn });
    this.createDashboards(runbook);
    if (config.savedQueries) new SavedQueries(this, 'queries', { naming });
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

  private createAlarms(context: AlarmContext): void {
    const { naming, site, config, datasets, undeliveredQueue, crawlerLogGroup } = this.props;
    const { silent } = new PlumbingAlarms(this, 'plumbing', { ...context, naming, site, undeliveredQueue });
    new SchemaChange(this, 'schema', { ...context, naming, crawlerLogGroup });
    for (const dataset of datasets) {
      const jobsFailed = dataset.jobs.map(
        (job) =>
          new JobAlarms(this, `${job.stage}-${dataset.name}`, {
            ...context,
            job,
            memoryPercent: config.memoryAlarmPercent,
          }).failed,
      );
      new DataSetAlarms(this, `data-${dataset.name}`, {
        ...context,
        naming,
        dataset,
        jobsFailed,
        quarantinePercent: config.quarantineAlarmPercent,
        latestReport: `s3://${naming.bucket('logs')}/reports/latest/${dataset.name}.txt`,
        silent,
      });
    }
  }

  private createDashboards(runbook: Runbook): void {
    const { naming, datasets } = this.props;
    // CDKTF looks for its tokens in a text again from each one on: in a body with hundreds of them, that takes seconds.
    const account = { region: '', accountId: '', partition: '' };
    const resolver = new DefaultTokenResolver(new StringConcat());
    for (const name of Object.keys(account) as (keyof typeof account)[]) {
      account[name] = Tokenization.resolve(this.props[name], { scope: this, resolver, preparing: false });
    }
    const bodies = dashboardBodies({
      ...{ naming, runbook, datasets, region: account.region, reportsBucket: naming.bucket('logs') },
      alarmArn: (name) => arn(account, 'cloudwatch', `alarm:${name}`),
    });
    bodies.forEach((body, index) => {
      const suffix = index === 0 ? '' : `-${index + 1}`;
      new CloudwatchDashboard(this, `dashboard${suffix}`, {
        dashboardName: `${naming.dashboard}${suffix}`,
        dashboardBody: JSON.stringify(body),
      });
    });
  }
}
