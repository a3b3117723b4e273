import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { DynamodbTable, type DynamodbTableConfig } from '@cdktf/provider-aws/lib/dynamodb-table';
import { S3BucketNotification } from '@cdktf/provider-aws/lib/s3-bucket-notification';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import { arn, type Account } from '../arn';
import type { SecondRegion } from '../disaster-recovery/second-region';
import type { Site } from '../disaster-recovery/site';
import { BUCKETS, REPLICATED, type BucketPurpose, type Naming } from '../naming';
import { ACCESS_LOG_PREFIX, Bucket, type BucketProps } from './bucket';
import { lifecycleRules } from './lifecycle';

export interface StorageOutputs {
  readonly buckets: Readonly<Record<BucketPurpose, Bucket>>;
  readonly tables: { readonly jobState: Stored; readonly jobBookmarks: Stored; readonly monitoring: Stored };
  /** Receives the access logs of all buckets. */
  readonly accessLogs: Bucket;
}

type JobTables = Pick<StorageOutputs['tables'], 'jobState' | 'jobBookmarks'>;

export interface Stored {
  readonly name: string;
  readonly arn: string;
}

export interface StorageProps extends Account {
  readonly naming: Naming;
  readonly config: Environment['storage'];
  /** Encrypts all buckets and tables; of `logs`, what names a key. */
  readonly keyArn: string;
  readonly site: Site;
  /** Where tables have replicas. @default nowhere, or they are replicas themselves */
  readonly secondRegion?: SecondRegion;
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
      ...(props.site === 'second' ? this.replicas() : this.createJobTables()),
      monitoring: this.createTable('monitoring', {
        name: props.naming.monitoringTable,
        hashKey: 'id',
        attribute: [{ name: 'id', type: 'S' }],
        ttl: { enabled: true, attributeName: 'expires_at' },
      }),
    };
  }

  /** What jobs have done, which those of a second Region have to know, too. */
  private createJobTables(): JobTables {
    const { naming } = this.props;
    return {
      jobState: this.createTable('job-state', {
        name: naming.jobStateTable,
        hashKey: 'job_name',
        attribute: [{ name: 'job_name', type: 'S' }],
        ...this.replication(),
      }),
      jobBookmarks: this.createTable('job-bookmarks', {
        name: naming.jobBookmarksTable,
        hashKey: 'pk',
        rangeKey: 'sk',
        attribute: ['pk', 'sk'].map((name) => ({ name, type: 'S' })),
        ttl: { enabled: true, attributeName: 'expires_at' },
        ...this.replication(),
      }),
    };
  }

  private replication(): Pick<DynamodbTableConfig, 'streamEnabled' | 'streamViewType' | 'replica'> {
    const { secondRegion } = this.props;
    if (!secondRegion) return {};
    const { region: regionName, keyArns } = secondRegion;
    return {
      // What replicas are written from.
      streamEnabled: true,
      streamViewType: 'NEW_AND_OLD_IMAGES',
      replica: [{ regionName, kmsKeyArn: keyArns.data, pointInTimeRecovery: true, propagateTags: true }],
    };
  }

  /** The tables that the first Region's stack makes here. */
  private replicas(): JobTables {
    const { jobStateTable, jobBookmarksTable } = this.props.naming;
    const table = (name: string) => ({ name, arn: arn(this.props, 'dynamodb', `table/${name}`) });
    return { jobState: table(jobStateTable), jobBookmarks: table(jobBookmarksTable) };
  }

  private createBuckets(): StorageOutputs['buckets'] {
    const { accessLogs } = this;
    const buckets = BUCKETS.map((purpose) => {
      if (purpose === 'logs') return [purpose, accessLogs];
      // Of what was delivered there is no other copy.
      return [purpose, this.createBucket(purpose, { accessLogs, objectLock: purpose === 'raw' })];
    });
    return Object.fromEntries(buckets) as Record<BucketPurpose, Bucket>;
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
      noCopy: this.reasonForNoCopy(purpose),
      ...own,
    });
  }

  private reasonForNoCopy(purpose: BucketPurpose): string | undefined {
    if (!REPLICATED.some((replicated) => replicated === purpose)) return 'Runs can do without what is in it';
    const reasons: Record<Site, string | undefined> = {
      only: 'The environment has one Region',
      first: undefined,
      second: 'It is a copy',
    };
    return reasons[this.props.site];
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
