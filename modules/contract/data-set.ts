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
  readonly source: Source;
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
  /** What a type in the source means that is not the contract's; only typed sources can tell. */
  readonly onChangedColumn: 'evolve' | 'ignore' | 'fail';
  /** A row whose column holds this text deletes the row of its key. */
  readonly deleteMarker: { readonly column: string; readonly value: string } | null;
  readonly rules: readonly QualityRule[];
  readonly serviceLevel: ServiceLevel;
}

export type Source = S3Source | DatabaseSource | QuerySource;

/** Files in S3. */
export interface S3Source {
  readonly type: 's3';
  readonly bucket: string;
  /** Every object whose key starts with this, and matches `pattern`, belongs to the data set. */
  readonly prefix: string;
  /** Glob over the key behind `prefix`; `*` for all. */
  readonly pattern: string;
  readonly format: 'csv' | 'json' | 'parquet';
  /** Null unless the format is csv. */
  readonly csv: CsvOptions | null;
  /** Where environment `local` takes the files from: a file, folder or glob, relative to the contract. */
  readonly localPath: string | null;
}

/** A table of a database. */
export interface DatabaseSource {
  readonly type: 'postgresql' | 'mysql';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Null where the database has none (MySQL). */
  readonly schema: string | null;
  readonly table: string;
  /** Name of the secret in Secrets Manager with `username` and `password`. */
  readonly secret: string;
  /** Column, as the database calls it, that grows with each change; null if every run reads all rows. */
  readonly watermark: string | null;
  /** Rows younger than this are left to the next run, so that a transaction that commits late is not missed. */
  readonly watermarkDelaySeconds: number;
  /** Connections that read at the same time. */
  readonly parallelReads: number;
}

/** A data product: what a query over curated tables gives. */
export interface QuerySource {
  readonly type: 'query';
  readonly sql: string;
  /** Names of the data sets whose curated tables the query reads. */
  readonly inputs: readonly string[];
}

export interface CsvOptions {
  readonly header: boolean;
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly encoding: string;
  /** The text that stands for null; an empty, unquoted field always does. */
  readonly nullValue: string;
  /** Whether a quoted field may hold line breaks; one file is then read by one task. */
  readonly multiline: boolean;
}

export interface Column {
  readonly name: string;
  /** Its name at the source; null where that is the same. */
  readonly physicalName: string | null;
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
