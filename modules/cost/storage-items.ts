import { all, itemsOf, jobRuns, sum, type EstimateInput, type Item } from './bill';
import { PRICES } from './prices';
import {
  DAYS_PER_MONTH,
  MB_PER_GB,
  OBJECT_MB,
  PER_JOB_RUN,
  S3_GETS_PER_OBJECT,
  dailyGrowth,
  storedAfter,
  ZONES,
  type Zone,
} from './workload';

/** Of the ledger: what a write unit writes, and more than its items have. Source: Amazon DynamoDB pricing. */
const GB_PER_ITEM = 1 / (MB_PER_GB * 1024);
/** Sent by EventBridge, received and deleted by ingest. */
const SQS_REQUESTS_PER_OBJECT = 3;

/** Buckets, tables and queues. */
export function storageItems(input: EstimateInput): Item[] {
  return [...bucketItems(input), ...requestItems(input), ...tableItems(input), ...queueItems(input)];
}

function bucketItems(input: EstimateInput): Item[] {
  const item = itemsOf('S3');
  const { infrequentAccessAfterDays: infrequentAccess, archiveAfterDays } = input.environment.storage;
  return ZONES.flatMap((zone) => {
    const ages = { infrequentAccess, archive: zone === 'raw' ? archiveAfterDays : Infinity };
    const stored = storedAfter(input.months * DAYS_PER_MONTH, growthOf(input, zone), ages);
    return [
      item(`${zone}, Standard`, stored.standard, 'GB-months', PRICES.s3Standard),
      item(`${zone}, Infrequent Access`, stored.infrequentAccess, 'GB-months', PRICES.s3InfrequentAccess),
      item(`${zone}, Glacier Instant Retrieval`, stored.archive, 'GB-months', PRICES.s3GlacierInstantRetrieval),
    ];
  });
}

/** Requests of S3 in a month. */
export function s3Requests(input: EstimateInput): { puts: number; gets: number } {
  const runs = jobRuns(input);
  const objects = sum(ZONES, (zone) => objectsOf(input, zone));
  // Copies are written as well, and nobody reads them.
  const reads = input.environment.standby ? 0 : objects * S3_GETS_PER_OBJECT;
  return { puts: runs * PER_JOB_RUN.s3Puts + objects, gets: runs * PER_JOB_RUN.s3Gets + reads };
}

function requestItems(input: EstimateInput): Item[] {
  const item = itemsOf('S3');
  const { puts, gets } = s3Requests(input);
  const days = input.months * DAYS_PER_MONTH;
  const { infrequentAccessAfterDays, archiveAfterDays } = input.environment.storage;
  const moved = days > infrequentAccessAfterDays ? sum(ZONES, (zone) => objectsOf(input, zone)) : 0;
  const archived = days > archiveAfterDays ? objectsOf(input, 'raw') : 0;
  return [
    item('PUT, COPY, POST, LIST', puts, 'requests', PRICES.s3Put),
    item('GET and others', gets, 'requests', PRICES.s3Get),
    item('moved to Infrequent Access', moved, 'objects', PRICES.s3ToInfrequentAccess),
    item('moved to Glacier Instant Retrieval', archived, 'objects', PRICES.s3ToGlacierInstantRetrieval),
  ];
}

function tableItems(input: EstimateInput): Item[] {
  // Its tables are replicas, which are in the bill of the Region that makes them.
  if (input.environment.standby) return [];
  const item = itemsOf('DynamoDB');
  const runs = jobRuns(input);
  const copies = input.environment.disasterRecovery ? 2 : 1;
  const writes = copies * (runs * PER_JOB_RUN.dynamoWrites + objectsOf(input, 'source'));
  const gb = writes * GB_PER_ITEM * input.months;
  return [
    item('writes', writes, 'request units', PRICES.dynamoWrite),
    item('reads', runs * PER_JOB_RUN.dynamoReads, 'request units', PRICES.dynamoRead),
    item('stored', gb, 'GB-months', PRICES.dynamoStored),
    item('point-in-time recovery', gb, 'GB-months', PRICES.dynamoPointInTimeRecovery),
  ];
}

function queueItems(input: EstimateInput): Item[] {
  if (all(input, 'aws_sqs_queue').length === 0) return [];
  const requests = jobRuns(input) * PER_JOB_RUN.sqsRequests + objectsOf(input, 'source') * SQS_REQUESTS_PER_OBJECT;
  return [itemsOf('SQS')('requests', requests, 'requests', PRICES.sqsRequest)];
}

/** GB that all data sets add to a zone in a day. */
export function growthOf({ datasets }: EstimateInput, zone: Zone): number {
  return sum(datasets, (dataset) => dailyGrowth(dataset)[zone]);
}

/** Objects that are written to a zone in a month. */
function objectsOf(input: EstimateInput, zone: Zone): number {
  return (growthOf(input, zone) * DAYS_PER_MONTH * MB_PER_GB) / OBJECT_MB;
}
