import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { arn, type Account } from '../arn';
import type { Naming } from '../naming';

type Statement = DataAwsIamPolicyDocumentStatement;

/** In the policy of a key, `*` is that key. */
const THIS_KEY = ['*'];
const DATA_KEYS = [
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyPair',
  'kms:GenerateDataKeyPairWithoutPlaintext',
  'kms:GenerateDataKeyWithoutPlaintext',
];

/** CloudWatch Logs, for the groups of this environment and for those that Glue names itself. */
export function logWriters(account: Account & { readonly naming: Naming }): Statement[] {
  const { naming, region } = account;
  const groups = [
    naming.glueLogGroup,
    `${naming.glueLogGroup}/*`,
    // Glue ends the name of a group in the security configuration that it encrypts by.
    `/aws-glue/*-${naming.securityConfiguration}`,
    `/aws/lambda/${naming.prefix}-*`,
    `${naming.prefix}-*`,
  ];
  return [
    {
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', ...DATA_KEYS, 'kms:DescribeKey'],
      resources: THIS_KEY,
      principals: [service(`logs.${region}`)],
      condition: [
        {
          test: 'ArnLike',
          variable: 'kms:EncryptionContext:aws:logs:arn',
          values: groups.map((group) => arn(account, 'logs', `log-group:${group}`)),
        },
      ],
    },
  ];
}

/**
 * The services that send to the encrypted topic and queues: without these grants what they send is dropped silently.
 * EventBridge sends no source account to a topic, so that a condition on it would drop its alerts too. Source: Amazon SNS
 * developer guide, "Managing Amazon SNS encryption keys and costs".
 */
export function messageSenders({ accountId }: Account): Statement[] {
  const sender = (name: string) => ({
    actions: ['kms:Decrypt', ...DATA_KEYS],
    resources: THIS_KEY,
    principals: [service(name)],
  });
  const ownAlarms = { test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] };
  return [{ ...sender('cloudwatch'), condition: [ownAlarms] }, sender('events')];
}

/** CloudTrail, for the trail of this environment. Source: AWS CloudTrail user guide, "Configure AWS KMS key policies". */
export function trailWriters(account: Account & { readonly naming: Naming }): Statement[] {
  const trail = arn(account, 'cloudtrail', `trail/${account.naming.trail}`);
  const cloudTrail = {
    resources: THIS_KEY,
    principals: [service('cloudtrail')],
    condition: [{ test: 'ArnEquals', variable: 'aws:SourceArn', values: [trail] }],
  };
  const ownLogs = { test: 'StringEquals', variable: 'kms:EncryptionContext:aws:cloudtrail:arn', values: [trail] };
  return [
    { ...cloudTrail, actions: ['kms:GenerateDataKey'], condition: [...cloudTrail.condition, ownLogs] },
    // Decrypt is for a bucket with a bucket key.
    { ...cloudTrail, actions: ['kms:Decrypt', 'kms:DescribeKey'] },
  ];
}

function service(name: string) {
  return { type: 'Service', identifiers: [`${name}.amazonaws.com`] };
}
