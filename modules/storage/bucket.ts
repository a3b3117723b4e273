import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

export interface BucketProps {
  readonly name: string;
  /** @default Amazon S3's own key, the only one that delivery of access logs accepts */
  readonly kmsKeyArn?: string;
  readonly forceDestroy: boolean;
  readonly lifecycleRules: readonly S3BucketLifecycleConfigurationRule[];
  /** @default none: IAM policies of the account say who reads and writes */
  readonly statements?: readonly DataAwsIamPolicyDocumentStatement[];
}

/** A bucket that is versioned, encrypted, private, owned by its account alone, and reached over TLS alone. */
export class Bucket extends Construct {
  readonly name: string;
  readonly arn: string;
  /** In force before others rely on what it grants. */
  readonly policy: ITerraformDependable;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BucketProps,
  ) {
    super(scope, id);
    const bucket = new S3Bucket(this, 'bucket', { bucket: props.name, forceDestroy: props.forceDestroy });
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.encrypt();
    this.closeToPublic();
    this.policy = this.createPolicy();
    this.keepVersions();
  }

  private encrypt(): void {
    const { kmsKeyArn } = this.props;
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: this.name,
      rule: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: kmsKeyArn ? 'aws:kms' : 'AES256',
            kmsMasterKeyId: kmsKeyArn,
          },
          bucketKeyEnabled: kmsKeyArn !== undefined,
        },
      ],
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
    const tlsOnly = {
      effect: 'Deny',
      actions: ['s3:*'],
      resources: [this.arn, `${this.arn}/*`],
      principals: [{ type: '*', identifiers: ['*'] }],
      condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
    };
    const document = new DataAwsIamPolicyDocument(this, 'policy-document', {
      statement: [tlsOnly, ...(this.props.statements ?? [])],
    });
    return new S3BucketPolicy(this, 'policy', { bucket: this.name, policy: document.json });
  }

  private keepVersions(): void {
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket: this.name,
      versioningConfiguration: { status: 'Enabled' },
    });
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: this.name,
      rule: [...this.props.lifecycleRules],
      dependsOn: [versioning],
    });
  }
}
