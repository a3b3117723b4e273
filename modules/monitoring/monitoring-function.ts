import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { arn, type Account } from '../arn';
import { zipAsset } from '../assets';
import { exempt } from '../exempt';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import { bundleFunction } from './bundle';

export interface MonitoringFunctionProps extends Account {
  readonly naming: Naming;
  readonly logRetentionDays: number;
  readonly topicArn: string;
  /** Name of the queue for events that could not be delivered or dealt with. */
  readonly undeliveredQueue: string;
  readonly security: SecurityOutputs;
  readonly storage: StorageOutputs;
}

const TIMEOUT_SECONDS = 60;
const MEMORY_MB = 256;
/** EventBridge tries again for so long. */
const MAX_EVENT_AGE_SECONDS = 3600;
const MAX_RETRIES = 10;

/** Runs whenever a job of this environment has ended: writes its report and its metrics, and tells of a failure. */
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
    const policy = this.attachPolicy(logGroup.arn);
    const lambda = this.createFunction([logGroup, policy]);
    this.invokeOnStateChange(lambda);
  }

  private createFunction(dependsOn: [CloudwatchLogGroup, IamRolePolicy]): LambdaFunction {
    const { naming, security, storage, topicArn } = this.props;
    const code = zipAsset(this, 'monitoring-lambda', bundleFunction());
    const lambda = new LambdaFunction(this, 'function', {
      functionName: naming.monitoringFunction,
      description: 'Reports on ended Glue job runs',
      role: security.roles.monitoring.arn,
      runtime: 'nodejs22.x',
      handler: 'handler.handler',
      filename: code.path,
      sourceCodeHash: Fn.filebase64sha256(code.path),
      timeout: TIMEOUT_SECONDS,
      memorySize: MEMORY_MB,
      // An alert that it fails to send is not lost without a word.
      deadLetterConfig: { targetArn: this.undeliveredArn },
      environment: {
        variables: {
          ENVIRONMENT: naming.environment,
          ALERTS_TOPIC_ARN: topicArn,
          REPORTS_BUCKET: storage.buckets.logs.name,
          METRIC_NAMESPACE: naming.metricNamespace,
          JOB_STATE_TABLE: storage.tables.jobState.name,
          GLUE_LOG_GROUP: naming.glueLogGroup,
        },
      },
      dependsOn,
    });
    exempt(lambda, {
      CKV_AWS_50: 'It is one function, and its log says what it did',
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
    const rule = new CloudwatchEventRule(this, 'job-state-change', {
      name: naming.resource('job-state-change'),
      description: 'A Glue job run of this environment has ended',
      eventPattern: JSON.stringify({
        source: ['aws.glue'],
        'detail-type': ['Glue Job State Change'],
        detail: { jobName: [{ prefix: `${naming.prefix}-` }] },
      }),
    });
    new CloudwatchEventTarget(this, 'target', {
      rule: rule.name,
      arn: lambda.arn,
      retryPolicy: { maximumEventAgeInSeconds: MAX_EVENT_AGE_SECONDS, maximumRetryAttempts: MAX_RETRIES },
    });
    new LambdaPermission(this, 'permission', {
      statementId: 'job-state-change',
      action: 'lambda:InvokeFunction',
      functionName: lambda.functionName,
      principal: 'events.amazonaws.com',
      sourceArn: rule.arn,
    });
  }

  private attachPolicy(logGroupArn: string): IamRolePolicy {
    const { security } = this.props;
    const statement = this.statements(logGroupArn);
    const policy = new DataAwsIamPolicyDocument(this, 'permissions', { statement });
    const role = security.roles.monitoring.name;
    return new IamRolePolicy(this, 'policy', { name: 'permissions', role, policy: policy.json });
  }

  private statements(logGroupArn: string): DataAwsIamPolicyDocumentStatement[] {
    const { naming, security, storage, topicArn } = this.props;
    const journal = arn(this.props, 'logs', `log-group:${naming.glueLogGroup}`);
    return [
      { actions: ['glue:GetJobRun'], resources: [arn(this.props, 'glue', `job/${naming.prefix}-*`)] },
      { actions: ['dynamodb:GetItem'], resources: [storage.tables.jobState.arn] },
      { actions: ['kms:Decrypt'], resources: [security.keyArns.data] },
      // AWS asks for the stream, emulators for the group.
      { actions: ['logs:GetLogEvents'], resources: [journal, `${journal}:log-stream:*`] },
      { actions: ['s3:PutObject'], resources: [`${storage.buckets.logs.arn}/reports/*`] },
      { actions: ['sns:Publish'], resources: [topicArn] },
      { actions: ['sqs:SendMessage'], resources: [this.undeliveredArn] },
      { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [security.keyArns.messages] },
      {
        actions: ['cloudwatch:PutMetricData'],
        // There are no resources of this kind; the namespace is what can be named. Every call to AWS has one: IfExists is
        // for emulators, which do not tell it to IAM.
        resources: ['*'],
        condition: [
          { test: 'StringEqualsIfExists', variable: 'cloudwatch:namespace', values: [naming.metricNamespace] },
        ],
      },
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [`${logGroupArn}:*`] },
    ];
  }
}
