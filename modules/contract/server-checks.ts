import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeModeOf } from './checks';
import { oneOf, type Path, type Report } from './errors';
import type { Contract, Table } from './schema';
import { ENCODINGS_BY_FILE, type CsvServer, type DatabaseServer } from './server-schema';

const WATERMARK_TYPES = ['timestamp', 'date', 'int', 'bigint'];

/**
 * What must hold for the servers of a contract, of whichever environment.
 *
 * @param folder that of the contract
 */
export function checkServers({ servers, schema: [table] }: Contract, folder: string, report: Report): void {
  servers.forEach((server, index) => {
    const inServer: Report = (path, rule, value) => report(['servers', index, ...path], rule, value);
    const inProperties: Report = (path, rule, value) => inServer(['customProperties', ...path], rule, value);
    const isRepeated = servers.findIndex(({ environment }) => environment === server.environment) < index;
    if (isRepeated) inServer(['environment'], 'must have one server only', server.environment);
    if (server.type === 'custom') {
      const { query } = server.customProperties;
      const rule = "must be an SQL file, by its path from the contract's folder, and not empty";
      if (readQuery(folder, query) === '') inProperties(['query'], rule, query);
    } else if ('host' in server) {
      checkWatermark(server, table, inProperties);
    } else if (server.format === 'csv') {
      checkCsv(server, inProperties);
    }
  });
}

function checkCsv({ customProperties, ...server }: CsvServer, report: Report): void {
  const { quote, escape, encoding, multiline } = customProperties;
  const delimiter = ('delimiter' in server ? server.delimiter : undefined) ?? customProperties.delimiter;
  if (delimiter === quote) report(['quote'], 'must differ from the delimiter', quote);
  if (delimiter === escape) report(['escape'], 'must differ from the delimiter', escape);
  const isByFile = (ENCODINGS_BY_FILE as readonly string[]).includes(encoding);
  if (isByFile && !multiline) report(['encoding'], 'needs multiline: true, as its line breaks are no bytes', encoding);
}

function checkWatermark(server: DatabaseServer, table: Table, report: Report): void {
  const { watermark } = server.customProperties;
  const at: Path = ['watermark'];
  if (watermark === undefined) {
    if (writeModeOf(table, server) !== 'replace') {
      report(at, 'is missing; only with writeMode replace may every run read all rows');
    }
    return;
  }
  const columns = table.properties.filter(({ physicalType }) => WATERMARK_TYPES.includes(physicalType));
  if (columns.some(({ name }) => name === watermark)) return;
  const rule = `must be a column of type ${WATERMARK_TYPES.join(', ')}`;
  report(at, columns.length > 0 ? `${rule}: ${oneOf(columns.map(({ name }) => name))}` : rule, watermark);
}

/** The text of a product's query; empty if there is no such file. */
export function readQuery(folder: string, path: string): string {
  const file = join(folder, path);
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8').trim() : '';
}
