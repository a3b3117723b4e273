import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { DynamodbTable, type DynamodbTableConfig } from '@cdktf/provider-aws/lib/dynamodb-table';
import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging';
import { S3BucketNotification } from '@cdktf/provider-aws/lib/s3-bucket-notification';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import { BUCKETS, type BucketPurpose, type Naming } from '../naming';
import { Bucket } from './bucket';
import { lifecycleRules } from './lifecycle';

export interface StorageOutputs {
  readonly buckets: Readonly<Record<BucketPurpose, Stored>>;
  readonly tables: { readonly jobState: Stored; readonly jobBookmarks: Stored };
}

export interface Stored {
  readonly name: string;
  readonly arn: string;
}

export interface StorageProps {
  readonly naming: Naming;
  readonly config: Environment['storage'];
  /** Encrypts all buckets but `logs`, and all tables. */
  readonly keyArn: string;
  readonly accountId: string;
  readonly partition: string;
}

const ACCESS_LOG_PREFIX = 's3-access/';

/** The buckets of the lake, and the tables that hold the state of its jobs. */
export class Storage extends Construct implements StorageOutputs {
  readonly buckets: StorageOutputs['buckets'];
  readonly tables: StorageOutputs['tables'];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StorageProps,
  ) {
    super(scope, id);
    this.buckets = this.createBuckets();
    // Rules of EventBridge say who hears of what arrives.
    new S3BucketNotification(this, 'source-events', { bucket: this.buckets.source.name, eventbridge: true });
    this.tables = {
      jobState: this.createTable('job-state', {
        name: props.naming.jobStateTable,
        hashKey: 'job_name',
        attribute: [{ name: 'job_name', type: 'S' }],
      }),
      jobBookmarks: this.createTable('job-bookmarks', {
        name: props.naming.jobBookmarksTable,
        hashKey: 'pk',
        rangeKey: 'sk',
        attribute: ['pk', 'sk'].map((name) => ({ name, type: 'S' })),
        ttl: { enabled: true, attributeName: 'expires_at' },
      }),
    };
  }

  private createBuckets(): StorageOutputs['buckets'] {
    const logs = this.createBucket('logs', { statements: [this.accessLogDelivery()] });
    const others = BUCKETS.filter((purpose) => purpose !== 'logs').map((purpose) => {
      const bucket = this.createBucket(purpose, { kmsKeyArn: this.props.keyArn });
      new S3BucketLoggingA(bucket, 'access-log', {
        bucket: bucket.name,
        targetBucket: logs.name,
        targetPrefix: `${ACCESS_LOG_PREFIX}${purpose}/`,
        dependsOn: [logs.policy],
      });
      return [purpose, bucket];
    });
    return { logs, ...(Object.fromEntries(others) as Record<Exclude<BucketPurpose, 'logs'>, Stored>) };
  }

  private createBucket(
    purpose: BucketPurpose,
    access: { kmsKeyArn?: string; statements?: DataAwsIamPolicyDocumentStatement[] },
  ): Bucket {
    const { naming, config } = this.props;
    return new Bucket(this, `${purpose}-bucket`, {
      name: naming.bucket(purpose),
      forceDestroy: config.forceDestroy,
      lifecycleRules: lifecycleRules(purpose, config),
      ...access,
    });
  }

  private accessLogDelivery(): DataAwsIamPolicyDocumentStatement {
    const { naming, accountId, partition } = this.props;
    return {
      actions: ['s3:PutObject'],
      resources: [`arn:${partition}:s3:::${naming.bucket('logs')}/${ACCESS_LOG_PREFIX}*`],
      principals: [{ type: 'Service', identifiers: ['logging.s3.amazonaws.com'] }],
      condition: [{ test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] }],
    };
  }

  private createTable(id: string, table: Omit<DynamodbTableConfig, 'billingMode'>): DynamodbTable {
    return new DynamodbTable(this, id, {
      ...table,
      billingMode: 'PAY_PER_REQUEST',
      deletionProtectionEnabled: this.props.config.deletionProtection,
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: this.props.keyArn },
    });
  }
}
