import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { REPLICATED, type BucketPurpose, type Naming } from '../naming';
import type { Stored } from '../storage';

type Statement = DataAwsIamPolicyDocumentStatement;

/** The buckets of a Region. */
export interface Side {
  readonly naming: Naming;
  readonly region: string;
  readonly buckets: Readonly<Record<BucketPurpose, Stored>>;
  /** Encrypts them. */
  readonly keyArn: string;
}

/** Under this prefix of bucket `logs` S3 reports what a batch job copied. */
export const REPORTS_PREFIX = 'batch-replication/';

/**
 * What S3 does by itself to copy. Sources: Amazon S3 user guide, "Setting up permissions for live replication", "Replicating
 * encrypted objects" and, of locks, "Object Lock considerations".
 */
export function replicationStatements(from: Side, to: Side): Statement[] {
  const objects = ['ForReplication', 'Acl', 'Tagging'].map((what) => `s3:GetObjectVersion${what}`);
  return [
    { actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'], resources: buckets(from) },
    { actions: [...objects, 's3:GetObjectRetention', 's3:GetObjectLegalHold'], resources: objectsIn(from) },
    { actions: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], resources: objectsIn(to) },
    // Without, copying is set up without a word, and then each object has the status FAILED.
    useKey(from, ['kms:Decrypt']),
    // A bucket key is decrypted before it is used.
    useKey(to, ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:Decrypt']),
  ];
}

/**
 * What a job of S3 Batch Operations does that makes S3 copy what it has not copied yet, by a list that it makes itself. Source:
 * Amazon S3 user guide, "Configuring an IAM role for S3 Batch Replication".
 */
export function batchStatements(from: Side): Statement[] {
  return [
    { actions: ['s3:InitiateReplication'], resources: objectsIn(from) },
    {
      actions: ['s3:GetReplicationConfiguration', 's3:PutInventoryConfiguration'],
      resources: buckets(from),
    },
    {
      actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
      resources: [`${from.buckets.logs.arn}/${REPORTS_PREFIX}*`],
    },
  ];
}

function buckets(side: Side): string[] {
  return REPLICATED.map((purpose) => side.buckets[purpose].arn);
}

function objectsIn(side: Side): string[] {
  return buckets(side).map((bucket) => `${bucket}/*`);
}

/** Through S3 alone, and for these buckets alone: with a bucket key its context is the bucket, without one the object. */
function useKey(side: Side, actions: string[]): Statement {
  const context = [...buckets(side), ...objectsIn(side)];
  return {
    actions,
    resources: [side.keyArn],
    condition: [
      { test: 'StringEquals', variable: 'kms:ViaService', values: [`s3.${side.region}.amazonaws.com`] },
      { test: 'StringLike', variable: 'kms:EncryptionContext:aws:s3:arn', values: context },
    ],
  };
}
