import type { Naming } from '../naming';
import { checkContract, keyColumns, writeModeOf } from './checks';
import type { Column, CsvOptions, DatabaseSource, DataSet, QuerySource, S3Source, Source } from './data-set';
import type { Report } from './errors';
import { compileRules } from './quality';
import type { Contract, Property } from './schema';
import { checkServers, readQuery } from './server-checks';
import type { CsvServer, DatabaseServer, FileServer, ProductServer, Server } from './server-schema';
import { resolveServiceLevel } from './service-level';

/** What a contract is resolved for, and where it lies. */
export interface Place {
  readonly environment: string;
  readonly naming: Naming;
  /** Folder of the contract, from which its paths start. */
  readonly folder: string;
}

/**
 * The data set that a contract describes, as far as it concerns one environment; undefined if that has no server for
 * it. Rules that the contract breaks, of whichever environment, are reported; the result is then of no use.
 */
export function resolve(contract: Contract, place: Place, report: Report): DataSet | undefined {
  checkContract(contract, report);
  checkServers(contract, place.folder, report);
  const [table] = contract.schema;
  const rules = compileRules(table, ['schema', 0], report);
  const serviceLevel = resolveServiceLevel(contract.slaProperties, report);

  const server = serverOf(contract, place);
  if (!server) return undefined;
  const { orderBy, onNewColumn, onMissingColumn, onChangedColumn, deleteMarker } = table.customProperties;
  return {
    name: contract.id,
    version: contract.version,
    description: contract.description.purpose,
    source: toSource(contract, server, place),
    columns: table.properties.map(toColumn),
    primaryKey: keyColumns(table.properties, 'primaryKey', 'primaryKeyPosition'),
    partitionBy: keyColumns(table.properties, 'partitioned', 'partitionKeyPosition'),
    writeMode: writeModeOf(table, server),
    orderBy: orderBy ?? null,
    onNewColumn,
    onMissingColumn,
    onChangedColumn,
    deleteMarker: deleteMarker ?? null,
    rules,
    serviceLevel,
  };
}

/** What has no server of its own for a second Region has there the one of the first. */
function serverOf({ servers }: Contract, { environment, naming }: Place): Server | undefined {
  const find = (name?: string) => servers.find((server) => server.environment === name);
  return find(environment) ?? find(naming.first?.environment);
}

function toSource(contract: Contract, server: Server, place: Place): Source {
  if (server.type === 'custom') return toQuerySource(server, place);
  if ('host' in server) return toDatabaseSource(contract, server);
  return toS3Source(contract.id, server, place);
}

function toS3Source(dataset: string, server: FileServer, { naming }: Place): S3Source {
  const { format } = server;
  const source = { type: 's3', format, csv: format === 'csv' ? toCsvOptions(server) : null } as const;
  if (server.type === 'local') {
    const bucket = naming.bucket('source');
    return { ...source, bucket, prefix: `${dataset}/`, pattern: '*', localPath: server.path };
  }
  const [, bucket = '', prefix = '', pattern = ''] = /^s3:\/\/([^/]+)\/(.*\/)([^/]*)$/.exec(server.location) ?? [];
  return { ...source, bucket: inRegion(bucket, naming), prefix, pattern: pattern || '*', localPath: null };
}

/** The bucket, or if it is the first Region's landing zone, the second's, which gets what is delivered there. */
function inRegion(bucket: string, naming: Naming): string {
  return bucket === naming.first?.bucket('source') ? naming.bucket('source') : bucket;
}

function toCsvOptions(server: CsvServer): CsvOptions {
  const { delimiter, ...options } = server.customProperties;
  const standard = server.type === 's3' ? server.delimiter : undefined;
  return { ...options, delimiter: standard ?? delimiter ?? ',' };
}

function toDatabaseSource({ id, schema: [{ properties }] }: Contract, server: DatabaseServer): DatabaseSource {
  const { type, host, port, database } = server;
  const { secret, table, watermark, watermarkDelay, parallelReads } = server.customProperties;
  const column = properties.find(({ name }) => name === watermark);
  return {
    type,
    host,
    port,
    database,
    schema: server.type === 'postgresql' ? server.schema : null,
    table: table ?? id,
    secret,
    watermark: column?.physicalName ?? column?.name ?? null,
    watermarkDelaySeconds: watermarkDelay,
    parallelReads,
  };
}

function toQuerySource({ customProperties: { query, inputs } }: ProductServer, { folder }: Place): QuerySource {
  return { type: 'query', sql: readQuery(folder, query), inputs };
}

function toColumn({ name, physicalName = name, physicalType, logicalTypeOptions, ...rest }: Property): Column {
  const { description, required, primaryKey } = rest;
  return {
    name,
    physicalName: physicalName === name ? null : physicalName,
    type: physicalType,
    description,
    // A row is found again by its key.
    required: required || primaryKey,
    ...{ format: null, pattern: null, minLength: null, maxLength: null, minimum: null, maximum: null },
    ...logicalTypeOptions,
  };
}
