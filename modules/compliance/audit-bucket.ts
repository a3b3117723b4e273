import type { DataAwsIamPolicyDocumentStatementCondition } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import type { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Account } from '../arn';
import type { Naming } from '../naming';
import { Bucket } from '../storage/bucket';
import { everyBucket, expire } from '../storage/lifecycle';

export interface AuditProps extends Account {
  readonly naming: Naming;
  readonly config: Environment['storage'];
  readonly accessLogs: Bucket;
}

export interface AuditBucketProps extends AuditProps {
  readonly name: string;
  readonly keyArn: string;
  /** The service that delivers to it, such as `cloudtrail`. */
  readonly service: string;
  /** What the service asks about the bucket before it delivers. */
  readonly checks: readonly string[];
  /** What holds of the service's calls on behalf of this account. */
  readonly condition: DataAwsIamPolicyDocumentStatementCondition;
}

/** A bucket that one service of AWS delivers to, for this account. */
export class AuditBucket extends Bucket {
  constructor(scope: Construct, id: string, { service, checks, condition, ...props }: AuditBucketProps) {
    const bucketArn = `arn:${props.partition}:s3:::${props.name}`;
    const principals = [{ type: 'Service', identifiers: [`${service}.amazonaws.com`] }];
    const ownerMayRead = { test: 'StringEquals', variable: 's3:x-amz-acl', values: ['bucket-owner-full-control'] };
    super(scope, id, {
      ...props,
      noCopy: 'What is audited in one Region is kept there',
      lifecycleRules: [...everyBucket(props.config.noncurrentVersionDays), expire(props.config.logRetentionDays)],
      statements: [
        { actions: [...checks], resources: [bucketArn], principals, condition: [condition] },
        {
          actions: ['s3:PutObject'],
          resources: [`${bucketArn}/AWSLogs/${props.accountId}/*`],
          principals,
          condition: [condition, ownerMayRead],
        },
      ],
    });
  }
}
