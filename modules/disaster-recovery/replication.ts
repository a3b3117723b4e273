import type { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { S3BucketReplicationConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-replication-configuration';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { REPLICATED, REPLICATION_RULE } from '../naming';
import { PermittedRole } from '../security/permitted-role';
import { batchStatements, replicationStatements, type Side } from './replication-permissions';

export interface ReplicationProps {
  readonly accountId: string;
  /** Where objects are written, and where they are copied to. */
  readonly from: Side;
  readonly to: Side;
  /** Whether what is deleted is deleted there, too: versions that are no longer current stay on both sides. */
  readonly deletions: boolean;
  /** Of the Region that objects are copied from. @default the stack's own */
  readonly provider?: AwsProvider;
  /** Versioning of the buckets on both sides, as far as the stack makes them. */
  readonly dependsOn: ITerraformDependable[];
}

/** The only value that S3 takes: what it promises for 99.99 % of objects. */
const MINUTES = 15;
const ENABLED = { status: 'Enabled' };

/**
 * Copies what is written to the buckets of one Region to those of the other. S3 does not copy a copy back. What a bucket held before is copied by a job of S3 Batch Operations, for which
 * there is a role. Source: Amazon S3 user guide, "Replicating objects within and across Regions".
 */
export class Replication extends Construct {
  constructor(scope: Construct, id: string, { accountId, from, to, deletions, provider, dependsOn }: ReplicationProps) {
    super(scope, id);
    const role = new PermittedRole(this, 'role', {
      accountId,
      name: from.naming.role('replication'),
      service: 's3',
      statements: replicationStatements(from, to),
    });
    new PermittedRole(this, 'batch-role', {
      accountId,
      name: from.naming.role('batch-replication'),
      service: 'batchoperations.s3',
      statements: batchStatements(from),
    });
    for (const purpose of REPLICATED) {
      new S3BucketReplicationConfigurationA(this, purpose, {
        ...(provider && { provider }),
        bucket: from.buckets[purpose].name,
        role: role.arn,
        rule: [
          {
            id: REPLICATION_RULE,
            status: 'Enabled',
            priority: 1,
            filter: { prefix: '' },
            deleteMarkerReplication: { status: deletions ? 'Enabled' : 'Disabled' },
            // Without, S3 passes over all that is encrypted with KMS, which is all there is.
            sourceSelectionCriteria: { sseKmsEncryptedObjects: ENABLED, replicaModifications: ENABLED },
            destination: {
              bucket: to.buckets[purpose].arn,
              encryptionConfiguration: { replicaKmsKeyId: to.keyArn },
              replicationTime: { ...ENABLED, time: { minutes: MINUTES } },
              metrics: { ...ENABLED, eventThreshold: { minutes: MINUTES } },
            },
          },
        ],
        dependsOn: [...dependsOn, role.policy],
      });
    }
  }
}
