import { all, itemsOf, sum, type EstimateInput, type Item } from './bill';
import { PRICES } from './prices';
import { growthOf } from './storage-items';
import { DAYS_PER_MONTH, ZONES } from './workload';

/** Bytes and operations pending, latency, and operations that failed. Source: Amazon S3 user guide, "S3 Replication metrics". */
const METRICS_PER_RULE = 4;

/** What goes from one Region to the other, which is billed where it comes from; and what tells consumers where to read. */
export function replicationItems(input: EstimateInput): Item[] {
  const item = itemsOf('Replication');
  const checks = all(input, 'aws_route53_health_check').length;
  const rules = all(input, 'aws_s3_bucket_replication_configuration').length;
  const gb = rules > 0 ? sum(ZONES, (zone) => growthOf(input, zone)) * DAYS_PER_MONTH : 0;
  return [
    item('objects, to the other Region', gb, 'GB', PRICES.s3ToAnotherRegion),
    item('objects, within 15 minutes', gb, 'GB', PRICES.s3ReplicationTimeControl),
    item('metrics', rules * METRICS_PER_RULE, 'metric-months', PRICES.cloudWatchMetric),
    item('health checks', checks, 'check-months', PRICES.route53HealthCheck),
  ];
}
