import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Account } from '../arn';
import { BUCKETS, REPLICATED, type BucketPurpose, type Naming } from '../naming';
import { Runbook } from '../monitoring/runbook';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs, Stored } from '../storage';
import { ConsumerRecord } from './consumer-record';
import { Replication } from './replication';
import { ReplicationAlarms } from './replication-alarms';
import type { SecondRegion } from './second-region';

export interface DisasterRecoveryProps extends Account {
  readonly naming: Naming;
  readonly config: Pick<Environment, 'disasterRecovery' | 'monitoring' | 'standby'>;
  /** @default there is none, or this is it */
  readonly secondRegion?: SecondRegion;
  readonly security: Pick<SecurityOutputs, 'keyArns'>;
  readonly storage: StorageOutputs;
  readonly topicArn: string;
}

/**
 * What ties two Regions to each other. What needs both is in the first Region's stack, so that the second's can be planned
 * and applied while the first is lost. Each watches what comes and goes: names are enough for that.
 */
export class DisasterRecovery extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: DisasterRecoveryProps,
  ) {
    super(scope, id);
    const { naming, region, config, secondRegion, topicArn } = props;
    const { disasterRecovery, standby, monitoring } = config;
    const alarms = { metricNamespace: naming.metricNamespace, runbook: new Runbook(monitoring.runbookUrl), topicArn };
    if (secondRegion) this.replicate(secondRegion);
    if (disasterRecovery) {
      const other = { region: disasterRecovery.secondRegion, naming: naming.second };
      new ReplicationAlarms(this, 'alarms', { ...alarms, naming, other });
    }
    if (standby) {
      const first = { region: standby.firstRegion, naming: naming.first! };
      new ReplicationAlarms(this, 'alarms', { ...alarms, naming, other: first });
      const { hostedZone } = standby;
      if (hostedZone !== undefined) {
        new ConsumerRecord(this, 'consumers', { hostedZone, first, second: { region, naming }, topicArn });
      }
    }
  }

  /**
   * Both ways: what is written in the second Region after a failover is to come back. Deletions are not: in a Region that
   * stands by, table optimizers may still know an old state of a table, and remove files that the other one needs.
   */
  private replicate({ region, provider, naming, keyArns }: SecondRegion): void {
    const { accountId, storage, security, ...here } = this.props;
    const first = {
      naming: here.naming,
      region: here.region,
      buckets: storage.buckets,
      keyArn: security.keyArns.data,
    };
    const second = { naming, region, buckets: this.bucketsOf(naming), keyArn: keyArns.data };
    const dependsOn = REPLICATED.map((purpose) => storage.buckets[purpose].versioning);
    new Replication(this, 'there', { accountId, from: first, to: second, deletions: true, dependsOn });
    new Replication(this, 'back', {
      accountId,
      from: second,
      to: first,
      deletions: false,
      provider,
      dependsOn,
    });
  }

  private bucketsOf(naming: Naming): Record<BucketPurpose, Stored> {
    const buckets = BUCKETS.map((purpose) => {
      const name = naming.bucket(purpose);
      return [purpose, { name, arn: `arn:${this.props.partition}:s3:::${name}` }];
    });
    return Object.fromEntries(buckets) as Record<BucketPurpose, Stored>;
  }
}
