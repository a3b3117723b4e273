import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { CsvOptions } from '../../modules/contract/data-set';

export type CsvForm = Omit<CsvOptions, 'multiline'>;

/** What stands in the first rows of a file. */
export interface Sample {
  /** How it is written; null unless the format is csv. */
  readonly csv: CsvForm | null;
  /** Rows that were looked at, and whether the file has no more. */
  readonly rows: number;
  readonly isWhole: boolean;
  readonly columns: readonly SampleColumn[];
  /** Columns, or pairs of them, by which each row can be told from all others: candidates for a key. */
  readonly keys: readonly (readonly string[])[];
  /** Rows whose key, if one was asked for, an earlier row has. */
  readonly duplicates: number;
}

export interface SampleColumn {
  /** Name that is unique, and never empty. */
  readonly name: string;
  /** Name as it stands in the file. */
  readonly source: string;
  /** A `physicalType` of contracts, and Spark's pattern if it is a date or timestamp that is not in ISO 8601. */
  readonly type: string;
  readonly format?: string;
  /** Whether the type was told from texts; Parquet states it. */
  readonly isGuess: boolean;
  /** What made it that type, or makes it doubtful, where that does not go without saying. */
  readonly note?: string;
  readonly nulls: number;
  /** Characters of the longest value. */
  readonly longest: number;
}

export interface Question {
  readonly file: string;
  readonly format: 'csv' | 'json' | 'parquet';
  /** How many rows to look at, from the first on. */
  readonly rows: number;
  /** Null if it is to be found out. */
  readonly encoding: string | null;
  /** Names of columns that are to be the key. */
  readonly key: readonly string[];
}

/** The file cannot be a sample, or its draft not a contract. */
export class SampleError extends Error {}

/**
 * Has DuckDB look at a file.
 *
 * @throws SampleError if it is not of the format, has no rows, or lacks a column of the key
 */
export function readSample(question: Question): Sample {
  const root = path.resolve(__dirname, '..', '..');
  const program = path.join(root, 'scripts', 'new-dataset', 'sample.py');
  const result = spawnSync(path.join(root, '.venv', 'bin', 'python'), [program, JSON.stringify(question)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new SampleError(`${question.file}: ${result.stderr.trim()}`);
  return JSON.parse(result.stdout) as Sample;
}
