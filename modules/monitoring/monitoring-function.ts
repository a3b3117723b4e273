import { CloudwatchEventRule, type CloudwatchEventRuleConfig } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import {
  CloudwatchEventTarget,
  type CloudwatchEventTargetConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import type { MonitoredDataSet } from '../../monitoring-lambda/datasets';
import type { ScheduledTask } from '../../monitoring-lambda/events';
import { WATCH_MINUTES } from '../../monitoring-lambda/metrics';
import { arn, type Account } from '../arn';
import { md5, zipAsset } from '../assets';
import { switchedRule, type Site } from '../disaster-recovery/site';
import { exempt } from '../exempt';
import type { JobsOfDataSet } from '../glue';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import { bundleFunction } from './bundle';
import { functionStatements } from './function-permissions';

export interface MonitoringFunctionProps extends Account {
  readonly naming: Naming;
  readonly site: Site;
  readonly logRetentionDays: number;
  /** Topic of reports. */
  readonly topicArn: string;
  readonly datasets: readonly JobsOfDataSet[];
  /** Name of the queue for events that could not be delivered or dealt with. */
  readonly undeliveredQueue: string;
  /** Name of the log group that holds what Spark's drivers write. */
  readonly driverLogGroup: string;
  readonly security: SecurityOutputs;
  readonly storage: StorageOutputs;
}

/** A day of ten thousand runs takes a few minutes: Glue answers a few calls a second. */
const TIMEOUT_SECONDS = 900;
const MEMORY_MB = 512;
/** EventBridge tries again for so long. */
const MAX_EVENT_AGE_SECONDS = 3600;
const MAX_RETRIES = 10;
/** By then the runs of the night have ended, and people have not begun. */
const SUMMARY_SCHEDULE = 'cron(0 6 * * ? *)';

/**
 * Runs whenever a job of this environment has ended, and by the clock: writes reports and metrics, and mails those of failed
 * runs and of each day.
 */
export class MonitoringFunction extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: MonitoringFunctionProps,
  ) {
    super(scope, id);
    const { naming, logRetentionDays, security } = props;
    const logGroup = new CloudwatchLogGroup(this, 'logs', {
      name: `/aws/lambda/${naming.monitoringFunction}`,
      retentionInDays: logRetentionDays,
      kmsKeyId: security.keyArns.logs,
    });
    exempt(logGroup, { CKV_AWS_338: 'An environment says for how long it keeps logs' });
    const datasets = this.uploadDataSets();
    const policy = this.attachPolicy(logGroup.arn, datasets.key);
    const lambda = this.createFunction(datasets, [logGroup, policy]);
    this.invokeOnStateChange(lambda);
    this.invokeBySchedule(
      lambda,
      'watch',
      `rate(${WATCH_MINUTES} minutes)`,
      'Looks at every data set and its workflow',
    );
    this.invokeBySchedule(lambda, 'daily-summary', SUMMARY_SCHEDULE, 'Sums up the day before');
  }

  /** Its key holds the hash of its contents, so that a change of it is one of the function, too. */
  private uploadDataSets(): S3Object {
    const { datasets, storage } = this.props;
    const content = JSON.stringify(
      datasets.map(({ name, latencyHours, jobs }): MonitoredDataSet => ({
        name,
        latencyHours,
        lateAfterMinutes: Object.fromEntries(
          jobs.map(({ stage, lateAfterMinutes }) => [stage, lateAfterMinutes]),
        ) as MonitoredDataSet['lateAfterMinutes'],
      })),
    );
    return new S3Object(this, 'datasets', {
      bucket: storage.buckets.scripts.name,
      key: `monitoring/datasets-${md5(content)}.json`,
      content,
      contentType: 'application/json',
      lifecycle: { createBeforeDestroy: true },
    });
  }

  private createFunction(datasets: S3Object, dependsOn: [CloudwatchLogGroup, IamRolePolicy]): LambdaFunction {
    const { naming, security, storage, topicArn, driverLogGroup } = this.props;
    const code = zipAsset(this, 'monitoring-lambda', bundleFunction());
    const lambda = new LambdaFunction(this, 'function', {
      functionName: naming.monitoringFunction,
      description: 'Reports on Glue job runs, and watches data sets',
      role: security.roles.monitoring.arn,
      runtime: 'nodejs22.x',
      handler: 'handler.handler',
      filename: code.path,
      sourceCodeHash: Fn.filebase64sha256(code.path),
      timeout: TIMEOUT_SECONDS,
      memorySize: MEMORY_MB,
      tracingConfig: { mode: 'Active' },
      // What it fails to handle is not lost without a word.
      deadLetterConfig: { targetArn: this.undeliveredArn },
      environment: {
        variables: {
          ENVIRONMENT: naming.environment,
          DATASETS_URI: `s3://${storage.buckets.scripts.name}/${datasets.key}`,
          REPORTS_TOPIC_ARN: topicArn,
          REPORTS_BUCKET: storage.buckets.logs.name,
          METRIC_NAMESPACE: naming.metricNamespace,
          JOB_STATE_TABLE: storage.tables.jobState.name,
          JOB_BOOKMARKS_TABLE: storage.tables.jobBookmarks.name,
          MONITORING_TABLE: storage.tables.monitoring.name,
          GLUE_LOG_GROUP: naming.glueLogGroup,
          DRIVER_LOG_GROUP: driverLogGroup,
        },
      },
      dependsOn,
    });
    exempt(lambda, {
      CKV_AWS_117: 'It calls APIs of AWS and nothing else, which answer it without a network',
      CKV_AWS_272: 'Its code is in this repository, and nobody but a deployment may change it',
    });
    return lambda;
  }

  private get undeliveredArn(): string {
    return arn(this.props, 'sqs', this.props.undeliveredQueue);
  }

  private invokeOnStateChange(lambda: LambdaFunction): void {
    const { naming } = this.props;
    const config = {
      description: 'A Glue job run of this environment has ended',
      eventPattern: JSON.stringify({
        source: ['aws.glue'],
        'detail-type': ['Glue Job State Change'],
        detail: { jobName: [{ prefix: `${naming.prefix}-` }] },
      }),
    };
    this.invoke(lambda, 'job-state-change', config, {});
  }

  /** What the function is told holds the time of the schedule: it does its work once for each. */
  private invokeBySchedule(
    lambda: LambdaFunction,
    task: ScheduledTask['task'],
    scheduleExpression: string,
    description: string,
  ): void {
    const inputTransformer = {
      inputPaths: { time: '$.time' },
      inputTemplate: `{"task":"${task}","time":<time>}`,
    };
    const config = { description, scheduleExpression, ...switchedRule(this.props.site) };
    this.invoke(lambda, task, config, { inputTransformer });
  }

  private invoke(
    lambda: LambdaFunction,
    occasion: string,
    config: CloudwatchEventRuleConfig,
    input: Pick<CloudwatchEventTargetConfig, 'inputTransformer'>,
  ): void {
    const rule = new CloudwatchEventRule(this, occasion, { ...config, name: this.props.naming.rule(occasion) });
    new CloudwatchEventTarget(this, `${occasion}-target`, {
      rule: rule.name,
      arn: lambda.arn,
      retryPolicy: { maximumEventAgeInSeconds: MAX_EVENT_AGE_SECONDS, maximumRetryAttempts: MAX_RETRIES },
      // What EventBridge gives up on, too, is not lost without a word.
      deadLetterConfig: { arn: this.undeliveredArn },
      ...input,
    });
    new LambdaPermission(this, `${occasion}-permission`, {
      statementId: occasion,
      action: 'lambda:InvokeFunction',
      functionName: lambda.functionName,
      principal: 'events.amazonaws.com',
      sourceArn: rule.arn,
    });
  }

  private attachPolicy(logGroupArn: string, datasetsKey: string): IamRolePolicy {
    const { security } = this.props;
    const statement = functionStatements({
      ...this.props,
      logGroupArn,
      datasetsKey,
      deadLetterArn: this.undeliveredArn,
    });
    const policy = new DataAwsIamPolicyDocument(this, 'permissions', { statement });
    const role = security.roles.monitoring.name;
    return new IamRolePolicy(this, 'policy', { name: 'permissions', role, policy: policy.json });
  }
}
