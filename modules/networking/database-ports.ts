import { EnvironmentError } from '../../environments';
import type { Environment } from '../../environments/schema';
import type { DataSet } from '../contract/data-set';

/**
 * Ports of the databases that jobs in the VPC read.
 *
 * @throws EnvironmentError if the environment does not say where these databases are
 */
export function databasePorts({ name, glue, network }: Environment, datasets: readonly DataSet[]): number[] {
  if (!glue.vpc) return [];
  const databases = datasets.flatMap(({ name: dataset, source }) => ('port' in source ? { dataset, ...source } : []));
  if (databases.length > 0 && network.databaseCidrs.length === 0) {
    const needs = databases.map(({ dataset, host, port }) => `${dataset} reads ${host}:${port}`).join(', ');
    const rule = 'must name the blocks that the databases of data sets are in';
    throw new EnvironmentError(`environments/${name}.ts: network.databaseCidrs: ${rule}, got: []; ${needs}`);
  }
  return [...new Set(databases.map(({ port }) => port))].sort((left, right) => left - right);
}
