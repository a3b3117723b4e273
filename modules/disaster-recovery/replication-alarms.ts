import { Construct } from 'constructs';
import { createAlarm, type AlarmContext, type AlarmOptions } from '../monitoring/alarm';
import { REPLICATED, REPLICATION_RULE, type Naming } from '../naming';

export interface ReplicationAlarmsProps extends AlarmContext {
  readonly naming: Naming;
  /** The other Region, and names there. */
  readonly other: { readonly region: string; readonly naming: Naming };
}

/** What S3 promises; DynamoDB needs about a second. */
const S3_SECONDS = 900;
const TABLE_MILLISECONDS = 60_000;
const PERIOD_SECONDS = 300;

/**
 * Tells the operator that copies lag behind or fail, each Region of what it can see: S3 reports lag in the Region that it
 * copies to, which is the one that needs to know, and failure in that it copies from; DynamoDB reports lag where items are
 * written. Sources: Amazon S3 user guide, "Using S3 Replication metrics"; Amazon DynamoDB developer guide, "Monitoring global
 * tables".
 */
export class ReplicationAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ReplicationAlarmsProps,
  ) {
    super(scope, id);
    const { naming, other } = props;
    for (const purpose of REPLICATED) {
      const [own, others] = [naming.bucket(purpose), other.naming.bucket(purpose)];
      this.alarm(`lag-${purpose}`, {
        what: `Bucket ${own} is more than ${S3_SECONDS / 60} minutes behind ${others}`,
        meaning: `What is not copied yet would be lost, were ${other.region} lost now`,
        section: 'copies-lag-behind',
        of: copying(others, own, 'ReplicationLatency', 'Maximum'),
        threshold: S3_SECONDS,
      });
      this.alarm(`failed-${purpose}`, {
        what: `Objects of ${own} were not copied to ${others}`,
        meaning: `S3 does not try again: without help ${other.region} never has them`,
        section: 'copies-failed',
        of: copying(own, others, 'OperationsFailedReplication', 'Sum'),
        threshold: 0,
      });
    }
    this.alarmOnTable('job-state', naming.jobStateTable);
    this.alarmOnTable('job-bookmarks', naming.jobBookmarksTable);
  }

  private alarmOnTable(purpose: string, name: string): void {
    const { region } = this.props.other;
    this.alarm(`lag-${purpose}`, {
      what: `Table ${name} of ${region} is more than ${TABLE_MILLISECONDS / 1000} seconds behind`,
      meaning: 'After a failover, jobs there would not know of what was done last, and do it again',
      section: 'copies-lag-behind',
      of: {
        ...{ namespace: 'AWS/DynamoDB', metricName: 'ReplicationLatency', statistic: 'Average' },
        dimensions: { TableName: name, ReceivingRegion: region },
      },
      threshold: TABLE_MILLISECONDS,
    });
  }

  private alarm(purpose: string, options: Omit<AlarmOptions, 'name' | 'periodSeconds' | 'comparison' | 'pages'>): void {
    createAlarm(this, purpose, this.props, {
      ...options,
      name: this.props.naming.resource(`replication-${purpose}`),
      periodSeconds: PERIOD_SECONDS,
      comparison: 'above',
      pages: true,
    });
  }
}

function copying(source: string, destination: string, metricName: string, statistic: 'Maximum' | 'Sum') {
  const dimensions = { SourceBucket: source, DestinationBucket: destination, RuleId: REPLICATION_RULE };
  return { namespace: 'AWS/S3', metricName, dimensions, statistic };
}
