import type { DataSet } from '../contract/data-set';
import { runsPerDay } from '../glue/schedule';

/** 730 hours: AWS's own month. */
export const HOURS_PER_MONTH = 730;
export const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
export const MB_PER_GB = 1024;

/** A data set counts as run so where its contract has no schedule, or the environment follows none. */
const SCHEDULE = 'cron(0 0 * * ? *)';
/** GB of source per day, where a contract has no volume. */
const DAILY_GB = 1;
/** Size of Parquet with zstd by that of the CSV that it was made from: line items of TPC-H. */
const COMPRESSED = 0.2;
/** Size of the objects that sources deliver, and that jobs write. */
export const OBJECT_MB = 128;
/** Spark reads an object in parts of 8 MB. */
export const S3_GETS_PER_OBJECT = 16;
/** What one run of a job asks for besides what it reads and writes: a mean of the stages, counted in an emulated account. */
export const PER_JOB_RUN = { s3Puts: 7, s3Gets: 13, dynamoWrites: 10, dynamoReads: 10, sqsRequests: 2 } as const;
export const LOG_MB_PER_JOB_RUN = 1;

/** GB by storage class. */
export interface Stored {
  readonly standard: number;
  readonly infrequentAccess: number;
  readonly archive: number;
}

/** Ages in days at which objects move on to a class; Infinity where they do not. */
export type Ages = Omit<Stored, 'standard'>;

/** The buckets that data stays in. */
export const ZONES = ['source', 'raw', 'processed', 'curated'] as const;
export type Zone = (typeof ZONES)[number];

export function runsPerMonth({ serviceLevel }: DataSet): number {
  return runsPerDay(serviceLevel.schedule ?? SCHEDULE) * DAYS_PER_MONTH;
}

/** GB of source. */
export function dailyGb({ serviceLevel }: DataSet): number {
  return serviceLevel.dailyVolumeGb ?? DAILY_GB;
}

/** GB that a data set adds to each bucket in a day. A table that is replaced as a whole does not grow. */
export function dailyGrowth(dataset: DataSet): Record<Zone, number> {
  const { source, writeMode } = dataset;
  const gb = dailyGb(dataset);
  const parquet = gb * COMPRESSED;
  // Rows of databases are kept as Parquet; a data product has no raw files.
  const raw = { s3: gb, query: 0, postgresql: parquet, mysql: parquet }[source.type];
  return {
    source: source.type === 's3' ? gb : 0,
    raw,
    processed: parquet,
    curated: writeMode === 'replace' ? 0 : parquet,
  };
}

/** What lies in each class after so many days, if each of them brought as much. */
export function storedAfter(days: number, growth: number, { infrequentAccess, archive }: Ages): Stored {
  const agedBetween = (from: number, to: number) => growth * Math.max(0, Math.min(to, days) - from);
  return {
    standard: agedBetween(0, Math.min(infrequentAccess, archive)),
    infrequentAccess: agedBetween(infrequentAccess, archive),
    archive: agedBetween(archive, Infinity),
  };
}
