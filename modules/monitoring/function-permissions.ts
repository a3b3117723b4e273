import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { arn, type Account } from '../arn';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';

type Statement = DataAwsIamPolicyDocumentStatement;

export interface FunctionPermissionsProps extends Account {
  readonly naming: Naming;
  readonly security: SecurityOutputs;
  readonly storage: StorageOutputs;
  readonly topicArn: string;
  readonly driverLogGroup: string;
  /** ARN of the queue for what the function cannot handle. */
  readonly deadLetterArn: string;
  /** ARN of its own log group. */
  readonly logGroupArn: string;
  /** Key of the object that it reads the data sets from. */
  readonly datasetsKey: string;
}

/** What the monitoring function may do: what `monitoring-lambda` calls, each where it calls it. */
export function functionStatements(props: FunctionPermissionsProps): Statement[] {
  const { security, topicArn, deadLetterArn, logGroupArn } = props;
  return [
    ...readsOfRuns(props),
    ...stored(props),
    { actions: ['sns:Publish'], resources: [topicArn] },
    { actions: ['sqs:SendMessage'], resources: [deadLetterArn] },
    { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [security.keyArns.messages] },
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [`${logGroupArn}:*`] },
    ...metrics(props),
    // There are no resources of this kind.
    { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
  ];
}

function readsOfRuns(props: FunctionPermissionsProps): Statement[] {
  const { naming, driverLogGroup } = props;
  const groups = [naming.glueLogGroup, driverLogGroup].map((name) => arn(props, 'logs', `log-group:${name}`));
  return [
    { actions: ['glue:GetJobRun', 'glue:GetJobRuns'], resources: [arn(props, 'glue', `job/${naming.prefix}-*`)] },
    {
      actions: ['glue:BatchGetWorkflows', 'glue:GetWorkflowRuns'],
      resources: [arn(props, 'glue', `workflow/${naming.prefix}-*`)],
    },
    // AWS asks for the stream, emulators for the group.
    { actions: ['logs:GetLogEvents'], resources: groups.flatMap((group) => [group, `${group}:log-stream:*`]) },
  ];
}

function stored({ security, storage, datasetsKey }: FunctionPermissionsProps): Statement[] {
  const { buckets, tables } = storage;
  return [
    { actions: ['s3:GetObject'], resources: [`${buckets.scripts.arn}/${datasetsKey}`] },
    { actions: ['s3:PutObject'], resources: [`${buckets.logs.arn}/reports/*`] },
    // To know whether a report is later than the latest.
    { actions: ['s3:GetObject'], resources: [`${buckets.logs.arn}/reports/latest/*`] },
    { actions: ['dynamodb:GetItem'], resources: [tables.jobState.arn] },
    { actions: ['dynamodb:BatchGetItem'], resources: [tables.jobBookmarks.arn] },
    {
      actions: [
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
      ],
      resources: [tables.monitoring.arn],
    },
    { actions: ['kms:Decrypt'], resources: [security.keyArns.data] },
  ];
}

/** There are no resources of metrics. */
function metrics({ naming }: FunctionPermissionsProps): Statement[] {
  return [
    { actions: ['cloudwatch:GetMetricData'], resources: ['*'] },
    {
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      // What can be named is the namespace. Every call to AWS has one: IfExists is for emulators, which do not tell it to IAM.
      condition: [{ test: 'StringEqualsIfExists', variable: 'cloudwatch:namespace', values: [naming.metricNamespace] }],
    },
  ];
}
