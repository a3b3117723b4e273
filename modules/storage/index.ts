import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { DynamodbTable, type DynamodbTableConfig } from '@cdktf/provider-aws/lib/dynamodb-table';
import { S3BucketNotification } from '@cdktf/provider-aws/lib/s3-bucket-notification';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import { BUCKETS, type BucketPurpose, type Naming } from '../naming';
import { ACCESS_LOG_PREFIX, Bucket, type BucketProps } from './bucket';
import { lifecycleRules } from './lifecycle';

export interface StorageOutputs {
  readonly buckets: Readonly<Record<BucketPurpose, Stored>>;
  readonly tables: { readonly jobState: Stored; readonly jobBookmarks: Stored; readonly monitoring: Stored };
  /** Receives the access logs of all buckets. */
  readonly accessLogs: Bucket;
}

export interface Stored {
  readonly name: string;
  readonly arn: string;
}

export interface StorageProps {
  readonly naming: Naming;
  readonly config: Environment['storage'];
  /** Encrypts all buckets and tables; of `logs`, what names a key. */
  readonly keyArn: string;
  readonly accountId: string;
  readonly partition: string;
}

/** The buckets of the lake, and the tables that hold the state of its jobs. */
export class Storage extends Construct implements StorageOutputs {
  readonly buckets: StorageOutputs['buckets'];
  readonly tables: StorageOutputs['tables'];
  readonly accessLogs: Bucket;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StorageProps,
  ) {
    super(scope, id);
    this.accessLogs = this.createBucket('logs', { statements: [this.accessLogDelivery()] });
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
      monitoring: this.createTable('monitoring', {
        name: props.naming.monitoringTable,
        hashKey: 'id',
        attribute: [{ name: 'id', type: 'S' }],
        ttl: { enabled: true, attributeName: 'expires_at' },
      }),
    };
  }

  private createBuckets(): StorageOutputs['buckets'] {
    const { accessLogs } = this;
    const buckets = BUCKETS.map((purpose) => {
      if (purpose === 'logs') return [purpose, accessLogs];
      // Of what was delivered there is no other copy.
      return [purpose, this.createBucket(purpose, { accessLogs, objectLock: purpose === 'raw' })];
    });
    return Object.fromEntries(buckets) as Record<BucketPurpose, Stored>;
  }

  private createBucket(
    purpose: BucketPurpose,
    own: Pick<BucketProps, 'accessLogs' | 'objectLock' | 'statements'>,
  ): Bucket {
    const { naming, config, ...props } = this.props;
    return new Bucket(this, `${purpose}-bucket`, {
      ...props,
      name: naming.bucket(purpose),
      config,
      lifecycleRules: lifecycleRules(purpose, config),
      ...own,
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
    const { config, keyArn } = this.props;
    return new DynamodbTable(this, id, {
      ...table,
      billingMode: 'PAY_PER_REQUEST',
      deletionProtectionEnabled: config.deletionProtection,
      ...(config.deletionProtection && { lifecycle: { preventDestroy: true } }),
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: keyArn },
    });
  }
}
