import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import type { Naming } from '../naming';

interface Account {
  readonly naming: Naming;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** CloudWatch Logs, for the groups of this environment and for those that Glue names itself. */
export function logWriters({ naming, accountId, region, partition }: Account): DataAwsIamPolicyDocumentStatement[] {
  // Glue appends the security configuration to the name of a group, and makes crawlers' groups itself.
  const groups = ['/aws-glue/*', `/aws/lambda/${naming.prefix}-*`, `${naming.prefix}-*`];
  return [
    {
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', ...DATA_KEYS, 'kms:DescribeKey'],
      resources: ['*'],
      principals: [{ type: 'Service', identifiers: [`logs.${region}.amazonaws.com`] }],
      condition: [
        {
          test: 'ArnLike',
          variable: 'kms:EncryptionContext:aws:logs:arn',
          values: groups.map((group) => `arn:${partition}:logs:${region}:${accountId}:log-group:${group}`),
        },
      ],
    },
  ];
}

/**
 * The services that send to the encrypted topic and queues: without these grants what they send is dropped silently.
 * EventBridge sends no source account to a topic, so that a condition on it would drop its alerts too.
 */
export function messageSenders({ accountId }: Account): DataAwsIamPolicyDocumentStatement[] {
  const sender = (service: string) => ({
    actions: ['kms:Decrypt', ...DATA_KEYS],
    resources: ['*'],
    principals: [{ type: 'Service', identifiers: [`${service}.amazonaws.com`] }],
  });
  const ownAlarms = { test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] };
  return [{ ...sender('cloudwatch'), condition: [ownAlarms] }, sender('events')];
}

const DATA_KEYS = [
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyPair',
  'kms:GenerateDataKeyPairWithoutPlaintext',
  'kms:GenerateDataKeyWithoutPlaintext',
];
