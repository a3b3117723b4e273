import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ContractError, loadDataSets } from '../../modules/contract';
import type { DataSet } from '../../modules/contract/data-set';
import { Naming } from '../../modules/naming';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Draft = any;

/** A contract that says no more than it must. */
export function minimal(id = 'orders'): Draft {
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id,
    version: '1.0.0',
    status: 'active',
    servers: [{ server: 'files', environment: 'local', type: 'local', path: `${id}.csv`, format: 'csv' }],
    schema: [{ name: id, properties: [{ name: 'amount', logicalType: 'integer', physicalType: 'int' }] }],
  };
}

/** A contract of a table in a database. */
export function database(id = 'stock', environment = 'local'): Draft {
  const contract = minimal(id);
  const place = { host: 'db.example.org', port: 5432, database: 'shop', schema: 'public' };
  contract.servers = [{ server: 'shop', environment, type: 'postgresql', ...place, customProperties: [] }];
  custom(contract.servers[0], { secret: 'shop/reader', watermark: 'changed' });
  contract.schema[0].properties.push({ name: 'changed', logicalType: 'timestamp', physicalType: 'timestamp' });
  return contract;
}

/** A contract of a data product whose query is the file `query.sql`. */
export function product(id = 'revenue', inputs = ['orders'], environment = 'local'): Draft {
  const contract = minimal(id);
  contract.servers = [{ server: 'query', environment, type: 'custom' }];
  custom(contract.servers[0], { query: 'query.sql', inputs });
  return contract;
}

/** Adds custom properties to a server or a table; one that is there is replaced. */
export function custom(element: Draft, properties: Record<string, unknown>): void {
  const kept = (element.customProperties ?? []).filter(({ property }: Draft) => !(property in properties));
  const added = Object.entries(properties).map(([property, value]) => ({ property, value }));
  element.customProperties = [...kept, ...added];
}

/** Loads contracts from files; one that is text is written as it is. */
export function load(files: Record<string, Draft>, environment = 'local'): DataSet[] {
  const folder = mkdtempSync(join(tmpdir(), 'contracts-'));
  try {
    for (const [file, contract] of Object.entries(files)) {
      writeFileSync(join(folder, file), typeof contract === 'string' ? contract : stringify(contract));
    }
    return loadDataSets(folder, environment, new Naming(environment));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The data set of the minimal contract after a change. */
export function loadOne(change: (contract: Draft) => void, environment = 'local'): DataSet {
  const contract = minimal();
  change(contract);
  return load({ 'orders.odcs.yaml': contract }, environment)[0]!;
}

/** The lines of the error that loading the files ends in, one per problem. */
export function problemsOf(files: Record<string, Draft>): string[] {
  try {
    load(files);
  } catch (error) {
    if (error instanceof ContractError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

/** One data set of every kind of source, whatever the project's own contracts are. */
export function everyKindOfSource(environment: string): Record<string, Draft> {
  const files = (id: string, bucket: string) => {
    const location = `s3://${bucket}/${id}/`;
    return { ...minimal(id), servers: [{ server: 'a', environment, type: 's3', format: 'csv', location }] };
  };
  const rows = database('stock', environment);
  custom(rows.servers[0], { secret: 'shop/reader' });
  return {
    'orders.odcs.yaml': files('orders', `glue-etl-pipeline-${environment}-source`),
    'prices.odcs.yaml': files('prices', 'partner'),
    'stock.odcs.yaml': rows,
    'revenue.odcs.yaml': product('revenue', ['orders'], environment),
    'query.sql': 'SELECT 1',
  };
}
