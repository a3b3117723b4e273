import type { Naming } from '../naming';
import type { DataSet, DatabaseSource, S3Source } from './data-set';

type From<S> = DataSet & { readonly source: S };

export function isFromDatabase(dataset: DataSet): dataset is From<DatabaseSource> {
  return 'host' in dataset.source;
}

/** Whether the files are delivered to a bucket that is not this environment's. */
export function isFromForeignBucket(dataset: DataSet, naming: Naming): dataset is From<S3Source> {
  return dataset.source.type === 's3' && dataset.source.bucket !== naming.bucket('source');
}

/** Names of the secrets that data sets need, each once. */
export function secretNames(datasets: readonly DataSet[]): string[] {
  return [...new Set(datasets.filter(isFromDatabase).map(({ source }) => source.secret))].sort();
}
