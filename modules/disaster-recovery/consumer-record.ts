import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { DataAwsRoute53Zone } from '@cdktf/provider-aws/lib/data-aws-route53-zone';
import { Route53HealthCheck } from '@cdktf/provider-aws/lib/route53-health-check';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record';
import { Construct } from 'constructs';
import type { Naming } from '../naming';

export interface ConsumerRecordProps {
  readonly hostedZone: string;
  readonly first: Place;
  /** The Region of this stack. */
  readonly second: Place;
  readonly topicArn: string;
}

interface Place {
  readonly region: string;
  readonly naming: Naming;
}

/** Name of the record in its zone. */
const NAME = 'lake';
/** Seconds for which resolvers keep it. */
const TTL = 60;
const PERIOD_SECONDS = 60;
/** Of the stack's own namespace: 1 says that consumers are to read here, 0 that they are to read in the first Region. */
export const SWITCH_METRIC = 'FailedOver';

/**
 * Tells consumers which Region, database and bucket to read: a TXT record, as neither S3 nor Glue answers over TLS to a name
 * that is not its own. One data point of a metric of this Region moves it. To change a record, or the state of a health
 * check, would take the control plane of Route 53, which is in us-east-1 and may be what is lost; to answer it takes none.
 * Route 53 looks at the metric itself, whatever state the alarm is set to, and without data keeps to what it saw last.
 * Source: Amazon Route 53 developer guide, "Monitoring a CloudWatch alarm".
 */
export class ConsumerRecord extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ConsumerRecordProps,
  ) {
    super(scope, id);
    const { hostedZone, first, second } = props;
    const { zoneId } = new DataAwsRoute53Zone(this, 'zone', { name: hostedZone });
    const answer = (type: 'PRIMARY' | 'SECONDARY', place: Place, healthCheckId?: string) =>
      new Route53Record(this, type.toLowerCase(), {
        zoneId,
        name: `${NAME}.${hostedZone}`,
        type: 'TXT',
        ttl: TTL,
        setIdentifier: place.region,
        failoverRoutingPolicy: { type },
        ...(healthCheckId !== undefined && { healthCheckId }),
        records: [whereToRead(place)],
      });
    answer('PRIMARY', first, this.createSwitch());
    answer('SECONDARY', second);
  }

  /** @returns id of the health check */
  private createSwitch(): string {
    const { region, naming } = this.props.second;
    const alarm = new CloudwatchMetricAlarm(this, 'alarm', {
      alarmName: naming.resource('failed-over'),
      alarmDescription: `Consumers of ${this.props.first.naming.prefix} read in ${region}`,
      alarmActions: [this.props.topicArn],
      namespace: naming.metricNamespace,
      metricName: SWITCH_METRIC,
      statistic: 'Maximum',
      period: PERIOD_SECONDS,
      evaluationPeriods: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      treatMissingData: 'missing',
    });
    return new Route53HealthCheck(this, 'switch', {
      type: 'CLOUDWATCH_METRIC',
      cloudwatchAlarmName: alarm.alarmName,
      cloudwatchAlarmRegion: region,
      insufficientDataHealthStatus: 'LastKnownStatus',
      tags: { Name: naming.resource('failed-over') },
    }).id;
  }
}

/** Words of the form `name=value`. */
function whereToRead({ region, naming }: Place): string {
  return `region=${region} database=${naming.database('curated')} bucket=${naming.bucket('curated')}`;
}
