/**
 * A data set as the rest of the product sees it: one contract, resolved for one environment. Synth derives resources
 * from it, and uploads it as JSON beside the scripts: the jobs read this object, so that a contract is interpreted in
 * one place only.
 */
export interface DataSet {
  /** Contract id: lower-case letters, digits and underscores. Names jobs, workflow, tables and prefixes. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly source: S3Source;
  readonly columns: readonly Column[];
  /** Column names in the order of their `primaryKeyPosition`; empty if the data set has no key. */
  readonly primaryKey: readonly string[];
  /** Column names in the order of their `partitionKeyPosition`. */
  readonly partitionBy: readonly string[];
  readonly writeMode: 'merge' | 'append' | 'replace';
  /** Of rows with one key, the one with the greatest value here wins. */
  readonly orderBy: string | null;
  readonly onNewColumn: 'evolve' | 'ignore' | 'fail';
  readonly onMissingColumn: 'null' | 'fail';
  readonly rules: readonly QualityRule[];
  readonly serviceLevel: ServiceLevel;
}

/** Files in S3. */
export interface S3Source {
  readonly type: 's3';
  readonly bucket: string;
  /** Every object whose key starts with this, and matches `pattern`, belongs to the data set. */
  readonly prefix: string;
  /** Glob over the key behind `prefix`; `*` for all. */
  readonly pattern: string;
  readonly format: 'csv';
  readonly csv: CsvOptions;
  /** Where environment `local` takes the files from: a file, folder or glob, relative to the contract. */
  readonly localPath: string | null;
}

export interface CsvOptions {
  readonly header: boolean;
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly encoding: string;
  /** The text that stands for null; an empty, unquoted field always does. */
  readonly nullValue: string;
}

export interface Column {
  readonly name: string;
  /** Spark SQL type: string, boolean, int, bigint, float, double, decimal(p,s), date, timestamp. */
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  /** Spark datetime pattern, for date and timestamp; ISO 8601 where null. */
  readonly format: string | null;
  /** Java regular expression that the whole value must match. */
  readonly pattern: string | null;
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

export interface QualityRule {
  /** One DQDL rule, such as `RowCount > 0`. */
  readonly dqdl: string;
  /** `error` stops the batch before curation, `warning` publishes and reports. */
  readonly severity: 'error' | 'warning';
}

export interface ServiceLevel {
  /** Schedule of the workflow as an AWS cron expression; null if it is started by hand. */
  readonly schedule: string | null;
  /** Freshness: an age of the newest published batch beyond this is an alarm. */
  readonly latencyHours: number | null;
  readonly retentionDays: number | null;
  readonly dailyVolumeGb: number | null;
}
