import type { Naming } from '../naming';
import { checkContract, keyColumns } from './checks';
import type { Column, CsvOptions, DataSet, S3Source } from './data-set';
import type { Report } from './errors';
import { compileRules } from './quality';
import { DELIMITERS, type Contract, type Property, type Server } from './schema';
import { resolveServiceLevel } from './service-level';

/**
 * The data set that a contract describes, as far as it concerns one environment; undefined if that has no server for
 * it. Rules that the contract breaks, of whichever environment, are reported; the result is then of no use.
 */
export function resolve(contract: Contract, environment: string, naming: Naming, report: Report): DataSet | undefined {
  checkContract(contract, report);
  checkServers(contract.servers, report);
  const [table] = contract.schema;
  const rules = compileRules(table, ['schema', 0], report);
  const serviceLevel = resolveServiceLevel(contract.slaProperties, report);

  const server = contract.servers.find((each) => each.environment === environment);
  if (!server) return undefined;
  const primaryKey = keyColumns(table.properties, 'primaryKey', 'primaryKeyPosition');
  const { writeMode, orderBy, onNewColumn, onMissingColumn } = table.customProperties;
  return {
    name: contract.id,
    version: contract.version,
    description: contract.description.purpose,
    source: toSource(contract.id, server, naming),
    columns: table.properties.map(toColumn),
    primaryKey,
    partitionBy: keyColumns(table.properties, 'partitioned', 'partitionKeyPosition'),
    writeMode: writeMode ?? (primaryKey.length > 0 ? 'merge' : 'append'),
    orderBy: orderBy ?? null,
    onNewColumn,
    onMissingColumn,
    rules,
    serviceLevel,
  };
}

function checkServers(servers: readonly Server[], report: Report): void {
  servers.forEach(({ environment }, index) => {
    const isRepeated = servers.findIndex((other) => other.environment === environment) < index;
    if (isRepeated) report(['servers', index, 'environment'], 'must have one server only', environment);
  });
}

function toSource(dataset: string, server: Server, naming: Naming): S3Source {
  const source = { type: 's3', format: 'csv', csv: toCsvOptions(server) } as const;
  if (server.type === 'local') {
    const bucket = naming.bucket('source');
    return { ...source, bucket, prefix: `${dataset}/`, pattern: '*', localPath: server.path };
  }
  const [, bucket = '', prefix = '', pattern = ''] = /^s3:\/\/([^/]+)\/(.*\/)([^/]*)$/.exec(server.location) ?? [];
  return { ...source, bucket, prefix, pattern: pattern || '*', localPath: null };
}

function toCsvOptions(server: Server): CsvOptions {
  const { delimiter, ...options } = server.customProperties;
  const standard = server.type === 's3' ? server.delimiter : undefined;
  return { ...options, delimiter: DELIMITERS[standard ?? delimiter ?? 'comma'] };
}

function toColumn({ name, physicalType, description, required, primaryKey, logicalTypeOptions }: Property): Column {
  return {
    name,
    type: physicalType,
    description,
    // A row is found again by its key.
    required: required || primaryKey,
    ...{ format: null, pattern: null, minLength: null, maxLength: null, minimum: null, maximum: null },
    ...logicalTypeOptions,
  };
}
