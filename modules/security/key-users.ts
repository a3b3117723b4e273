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
 * The services that publish to the encrypted topic: without these grants their alerts are dropped silently. EventBridge
 * sends no source account, so that a condition on it would drop its alerts too.
 */
export function topicPublishers({ accountId }: Account): DataAwsIamPolicyDocumentStatement[] {
  const publisher = (service: string) => ({
    actions: ['kms:Decrypt', ...DATA_KEYS],
    resources: ['*'],
    principals: [{ type: 'Service', identifiers: [`${service}.amazonaws.com`] }],
  });
  const ownAlarms = { test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] };
  return [{ ...publisher('cloudwatch'), condition: [ownAlarms] }, publisher('events')];
}

const DATA_KEYS = [
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyPair',
  'kms:GenerateDataKeyPairWithoutPlaintext',
  'kms:GenerateDataKeyWithoutPlaintext',
];
