import type { Report } from './errors';
import type { Contract, Property, Table } from './schema';
import type { Server } from './server-schema';

const TABLE = ['schema', 0] as const;
const PROPERTIES = [...TABLE, 'properties'] as const;

/** What must hold between the fields of one contract. */
export function checkContract(contract: Contract, report: Report): void {
  checkNames(contract, report);
  checkPositions(contract, 'primaryKey', 'primaryKeyPosition', report);
  checkPositions(contract, 'partitioned', 'partitionKeyPosition', report);
  checkWriteMode(contract, report);
}

function checkNames({ id, schema: [table] }: Contract, report: Report): void {
  const sameName = (member: 'name' | 'physicalName') => {
    const value = table[member];
    if (value !== undefined && value !== id)
      report([...TABLE, member], `must be ${id}, as the contract is called`, value);
  };
  if (id.endsWith('_quarantine')) report(['id'], 'must not end in _quarantine: tables of rejected rows do', id);
  if (id.endsWith('_deletions')) report(['id'], 'must not end in _deletions: tables of deleted keys do', id);
  if (id === 'quality') report(['id'], 'must not be quality: reports on quality lie in the folder of that name', id);
  sameName('name');
  sameName('physicalName');
  // Spark takes no account of case.
  const sourceNames = table.properties.map(({ name, physicalName = name }) => physicalName.toLowerCase());
  table.properties.forEach(({ name, physicalName }, index) => {
    const isRepeated = table.properties.findIndex((other) => other.name === name) < index;
    if (isRepeated) report([...PROPERTIES, index, 'name'], 'must be unique in the table', name);
    const isTaken = sourceNames.filter((other) => other === physicalName?.toLowerCase()).length > 1;
    if (isTaken) report([...PROPERTIES, index, 'physicalName'], 'must be unique at the source', physicalName);
  });
}

/** Members of a key are numbered from 1 without a gap; a key of one column needs no number. */
function checkPositions(
  { schema: [table] }: Contract,
  member: 'primaryKey' | 'partitioned',
  position: 'primaryKeyPosition' | 'partitionKeyPosition',
  report: Report,
): void {
  const size = table.properties.filter((property) => property[member]).length;
  const taken = new Set<number>();
  table.properties.forEach((property, index) => {
    const value = property[position];
    const path = [...PROPERTIES, index, position];
    if (!property[member]) {
      if (value !== undefined && value !== -1) report(path, `must be left out, or ${member} be true`, value);
    } else if (value === undefined ? size > 1 : value < 1 || value > size || taken.has(value)) {
      report(path, `must count the columns with ${member} from 1 to ${size}`, value);
    }
    if (value !== undefined) taken.add(value);
  });
}

function checkWriteMode({ schema: [table], servers }: Contract, report: Report): void {
  const { writeMode, orderBy, deleteMarker } = table.customProperties;
  const columns = table.properties.map(({ name }) => name);
  const hasKey = table.properties.some(({ primaryKey }) => primaryKey);
  const at = (...names: string[]) => [...TABLE, 'customProperties', ...names];
  if (writeMode === 'merge' && !hasKey) report(at('writeMode'), 'needs a column with primaryKey: true', writeMode);
  if (orderBy !== undefined) {
    if (!columns.includes(orderBy)) report(at('orderBy'), `must be a column, of ${columns.join(', ')}`, orderBy);
    if (!hasKey) report(at('orderBy'), 'needs a column with primaryKey: true', orderBy);
  }
  if (deleteMarker !== undefined) {
    const { column } = deleteMarker;
    if (!columns.includes(column)) {
      report(at('deleteMarker', 'column'), `must be a column, of ${columns.join(', ')}`, column);
    }
    const other = servers.map((server) => writeModeOf(table, server)).find((mode) => mode !== 'merge');
    if (other !== undefined) report(at('deleteMarker'), `needs writeMode merge: nothing is deleted by ${other}`);
  }
}

/** How a batch gets into the curated table if it comes from that server. */
export function writeModeOf({ customProperties, properties }: Table, server: Server) {
  if (customProperties.writeMode !== undefined) return customProperties.writeMode;
  if (server.type === 'custom') return 'replace';
  return properties.some(({ primaryKey }) => primaryKey) ? 'merge' : 'append';
}

/** Names of the columns of a key, in the order of their positions. */
export function keyColumns(
  properties: readonly Property[],
  member: 'primaryKey' | 'partitioned',
  position: 'primaryKeyPosition' | 'partitionKeyPosition',
): string[] {
  return properties
    .filter((property) => property[member])
    .sort((left, right) => (left[position] ?? 1) - (right[position] ?? 1))
    .map(({ name }) => name);
}
