import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging';
import { S3BucketObjectLockConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import { exempt } from '../exempt';
import { bucketGuards } from './bucket-guards';

export interface BucketProps {
  readonly name: string;
  readonly accountId: string;
  readonly config: Environment['storage'];
  /** The only KMS key that objects may be encrypted with. */
  readonly keyArn: string;
  readonly lifecycleRules: readonly S3BucketLifecycleConfigurationRule[];
  /** Where who accesses it is logged. @default this bucket is the one that receives access logs */
  readonly accessLogs?: Bucket;
  /** Whether objects cannot be deleted for as long as the environment says. @default false */
  readonly objectLock?: boolean;
  /** Why no copy of it in another Region is made by its stack. @default one is */
  readonly noCopy?: string;
  /** What is allowed by the bucket itself. @default nothing: IAM policies of the account say who reads and writes */
  readonly statements?: readonly DataAwsIamPolicyDocumentStatement[];
}

/** Under this prefix of the bucket that receives them, access logs lie by the name of the bucket that they are of. */
export const ACCESS_LOG_PREFIX = 's3-access/';
/** Tag by which the rule that asks for KMS finds its buckets: access logs cannot be encrypted so. */
export const CONTENT_TAG = 'Content';

/** A bucket that is versioned, encrypted, private, its account's alone, and reached over TLS alone. */
export class Bucket extends Construct {
  readonly name: string;
  readonly arn: string;
  /** In force before others rely on what it grants. */
  readonly policy: ITerraformDependable;
  /** In force before what it holds is copied. */
  readonly versioning: ITerraformDependable;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BucketProps,
  ) {
    super(scope, id);
    const { name, config, accessLogs, noCopy } = props;
    const bucket = new S3Bucket(this, 'bucket', {
      bucket: name,
      forceDestroy: config.forceDestroy,
      // Refused while a plan is made: without, all else of the environment would be gone before a bucket refuses.
      ...(config.deletionProtection && { lifecycle: { preventDestroy: true } }),
      tags: { [CONTENT_TAG]: accessLogs ? 'data' : 'logs' },
    });
    exempt(bucket, {
      ...(noCopy !== undefined && { CKV_AWS_144: noCopy }),
      CKV2_AWS_62: 'Only of what arrives in source has anybody to hear',
      ...(!accessLogs && {
        CKV_AWS_145: 'Access logs are delivered only to a bucket that is encrypted with a key of S3',
      }),
    });
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.encrypt();
    this.closeToPublic();
    this.policy = this.createPolicy();
    this.versioning = this.keepVersions();
    if (accessLogs) this.logAccess(accessLogs);
  }

  private encrypt(): void {
    const { accessLogs, keyArn } = this.props;
    // Access logs are delivered to a bucket only whose default is S3's own key.
    const byDefault = accessLogs ? { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn } : { sseAlgorithm: 'AES256' };
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: this.name,
      rule: [{ applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled: accessLogs !== undefined }],
    });
  }

  private closeToPublic(): void {
    new S3BucketPublicAccessBlock(this, 'public-access-block', {
      bucket: this.name,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership', {
      bucket: this.name,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    });
  }

  private createPolicy(): ITerraformDependable {
    const { accessLogs, accountId, config, statements = [] } = this.props;
    // Spark event logs come with the key that jobs name.
    const algorithms = accessLogs ? ['aws:kms'] : ['AES256', 'aws:kms'];
    const keyArn = config.requireKey ? this.props.keyArn : undefined;
    const guards = bucketGuards({ bucketArn: this.arn, accountId, keyArn, algorithms });
    const document = new DataAwsIamPolicyDocument(this, 'policy-document', { statement: [...guards, ...statements] });
    return new S3BucketPolicy(this, 'policy', { bucket: this.name, policy: document.json });
  }

  private keepVersions(): ITerraformDependable {
    const { config, lifecycleRules, objectLock } = this.props;
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket: this.name,
      versioningConfiguration: { status: 'Enabled' },
    });
    if (config.lifecycleRules) {
      new S3BucketLifecycleConfiguration(this, 'lifecycle', {
        bucket: this.name,
        rule: [...lifecycleRules],
        dependsOn: [versioning],
      });
    }
    if (objectLock && config.objectLock) {
      new S3BucketObjectLockConfigurationA(this, 'object-lock', {
        bucket: this.name,
        rule: { defaultRetention: config.objectLock },
        dependsOn: [versioning],
      });
    }
    return versioning;
  }

  private logAccess(logs: Bucket): void {
    new S3BucketLoggingA(this, 'access-log', {
      bucket: this.name,
      targetBucket: logs.name,
      targetPrefix: `${ACCESS_LOG_PREFIX}${this.props.name}/`,
      dependsOn: [logs.policy],
    });
  }
}
