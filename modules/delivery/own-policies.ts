import { arn, type Account } from '../arn';
import { Naming, type BucketPurpose } from '../naming';
import { policy, type PolicyDocument, type PolicyStatement } from './policies';

export interface PolicyProps extends Account {
  readonly naming: Naming;
}

/** What the files and queues of the integration tests are named by. */
export const TEST_MARK = 'integration-test-';

const allow = (Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

const bucketArn = ({ partition }: Account, name: string) => `arn:${partition}:s3:::${name}`;

/** To read the state of the environment, and hold its lock meanwhile. */
export function planState(props: PolicyProps): PolicyDocument {
  const { naming } = props;
  const state = bucketArn(props, naming.stateBucket);
  const lock = arn(props, 'dynamodb', `table/${naming.lockTable}`);
  return policy(
    allow(['s3:GetObject'], [`${state}/*`]),
    allow(['s3:ListBucket', 's3:GetBucketVersioning', 's3:GetEncryptionConfiguration'], [state]),
    allow(['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], [lock]),
  );
}

/** What no pipeline may do, whatever else lets it: change the rights that it has itself. */
export function noEscalation({ naming, partition, accountId }: PolicyProps): PolicyDocument {
  const own = ['role', 'policy'].map(
    (kind) => `arn:${partition}:iam::${accountId}:${kind}/${naming.role('delivery-*')}`,
  );
  return policy({ Sid: 'OwnRights', Effect: 'Deny', Action: ['iam:*'], Resource: own });
}

/** What `npm run test:integration` calls: it delivers files, runs workflows, and removes what is its own. */
export function testing(props: PolicyProps): PolicyDocument {
  const { naming } = props;
  const bucket = (purpose: BucketPurpose, objects = '') => `${bucketArn(props, naming.bucket(purpose))}${objects}`;
  const table = (name: string) => arn(props, 'dynamodb', `table/${name}`);
  const items = ['GetItem', 'PutItem', 'DeleteItem', 'Query', 'ConditionCheckItem'].map((name) => `dynamodb:${name}`);
  const releases = `${bucketArn(props, naming.stateBucket)}/releases/*`;
  return policy(
    allow(['s3:PutObject', 's3:DeleteObject'], [bucket('source', `/*/${TEST_MARK}*`)]),
    allow(
      ['s3:ListBucket'],
      (['source', 'raw', 'processed', 'logs'] as const).map((each) => bucket(each)),
    ),
    allow(
      ['s3:GetObject', 's3:DeleteObject'],
      [bucket('raw', '/manifests/*'), bucket('processed', '/quality/*'), bucket('logs', '/reports/*')],
    ),
    allow(['s3:DeleteObject'], [bucket('raw', '/data/*')]),
    // That this release has passed.
    allow(['s3:GetObject', 's3:PutObject'], [releases]),
    {
      ...allow(['kms:Decrypt', 'kms:GenerateDataKey'], [arn(props, 'kms', 'key/*')]),
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': `alias/${naming.resource('data')}` } },
    },
    allow(items, [table(naming.jobBookmarksTable)]),
    allow(['dynamodb:GetItem'], [table(naming.jobStateTable)]),
    allow(['glue:StartWorkflowRun', 'glue:GetWorkflowRun'], [arn(props, 'glue', `workflow/${naming.workflow('*')}`)]),
    allow(['glue:GetJob'], [arn(props, 'glue', `job/${naming.resource('*')}`)]),
    allow(
      ['sns:Subscribe', 'sns:Unsubscribe', 'sns:ListSubscriptionsByTopic'],
      [arn(props, 'sns', naming.alertsTopic)],
    ),
    allow(
      ['sqs:CreateQueue', 'sqs:DeleteQueue', 'sqs:ReceiveMessage'],
      [arn(props, 'sqs', naming.queue(`${TEST_MARK}*`))],
    ),
    // These cannot be limited to resources, the last one because it is to show composite alarms.
    allow(['sns:ListTopics', 'sqs:ListQueues', 'glue:GetJobs', 'cloudwatch:DescribeAlarms'], ['*']),
  );
}
