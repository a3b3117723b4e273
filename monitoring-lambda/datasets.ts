import type { Stage } from '../modules/naming';

/** What the function is to know of a data set; written to S3 at each deployment, an array of these. */
export interface MonitoredDataSet {
  readonly name: string;
  /** What the contract promises: hours after which what was published is too old; null if it promises nothing. */
  readonly latencyHours: number | null;
  /** Minutes from which on a run counts as late. */
  readonly lateAfterMinutes: Readonly<Record<Stage, number>>;
}

export type MonitoredDataSets = ReadonlyMap<string, MonitoredDataSet>;

/** @throws Error if the text is not what a deployment writes */
export function parseDataSets(text: string): MonitoredDataSets {
  const datasets = JSON.parse(text) as MonitoredDataSet[];
  if (!Array.isArray(datasets) || datasets.some(({ name }) => typeof name !== 'string')) {
    throw new Error('the object of data sets is not one that this version writes; deploy again');
  }
  return new Map(datasets.map((dataset) => [dataset.name, dataset]));
}
