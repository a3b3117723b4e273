import { EnvironmentError } from '../../environments';
import type { Environment } from '../../environments/schema';
import type { DataSet } from '../contract/data-set';
import { isFromDatabase, isFromForeignBucket } from '../contract/sources';
import type { Naming } from '../naming';

/** What jobs in the VPC reach beside this environment. */
export interface ReachedSources {
  /** Ports of databases. */
  readonly databasePorts: readonly number[];
  /** Names of buckets that are not this environment's. */
  readonly buckets: readonly string[];
}

/**
 * Where the data sets come from, as far as the network is concerned.
 *
 * @throws EnvironmentError if jobs in the VPC read databases and the environment does not say where these are
 */
export function reachedSources(
  { name, glue, network }: Environment,
  datasets: readonly DataSet[],
  naming: Naming,
): ReachedSources {
  if (!glue.vpc) return { databasePorts: [], buckets: [] };
  const databases = datasets.filter(isFromDatabase);
  if (databases.length > 0 && network.databaseCidrs.length === 0) {
    const needs = databases.map(({ name: dataset, source }) => `${dataset} reads ${source.host}:${source.port}`);
    const rule = 'must name the blocks that the databases of data sets are in';
    throw new EnvironmentError(`environments/${name}.ts: network.databaseCidrs: ${rule}, got: []; ${needs.join(', ')}`);
  }
  const foreign = datasets.filter((dataset) => isFromForeignBucket(dataset, naming));
  return {
    databasePorts: [...new Set(databases.map(({ source }) => source.port))].sort((left, right) => left - right),
    buckets: [...new Set(foreign.map(({ source }) => source.bucket))].sort(),
  };
}
