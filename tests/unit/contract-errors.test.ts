import { custom, minimal, problemsOf, type Draft } from './contract-files';

const TABLE = (contract: Draft) => contract.schema[0];
const COLUMN = (contract: Draft) => contract.schema[0].properties[0];

describe('an invalid contract gets an error that names file, field, rule and value', () => {
  const invalid: [string, (contract: Draft) => void, string][] = [
    ['an unknown field', (c) => (c.owner = 'me'), 'owner: is not a supported field; fields are name, tenant,'],
    ['an unknown field of a column', (c) => (COLUMN(c).type = 'int'), 'schema[0].properties[0].type: is not a supp'],
    ['a missing field', (c) => delete c.version, 'version: is missing; must be of type string'],
    ['another version of the standard', (c) => (c.apiVersion = 'v2.2.0'), 'apiVersion: must be v3.1.0, got: "v2.2.0"'],
    ['an id that fits no name', (c) => (c.id = 'Or-ders'), 'id: must be lower-case letters, digits and undersc'],
    ['an id too long', (c) => (c.id = 'x'.repeat(65)), 'id: must have at most 64 characters, got: "xxx'],
    ['an id of rejected rows', (c) => (c.id = 'x_quarantine'), 'id: must not end in _quarantine: tables of rejected'],
    ['an id of deleted keys', (c) => (c.id = 'x_deletions'), 'id: must not end in _deletions: tables of deleted keys'],
    ['two tables', (c) => c.schema.push(c.schema[0]), 'schema: must describe one table'],
    ['no servers', (c) => (c.servers = []), 'servers: must not be empty, got: []'],
    ['no columns', (c) => (TABLE(c).properties = []), 'schema[0].properties: must not be empty, got: []'],
    ['a table named otherwise', (c) => (TABLE(c).name = 'x'), 'schema[0].name: must be orders, as the contract is cal'],
    [
      'two columns that are one at the source',
      (c) => TABLE(c).properties.push({ ...COLUMN(c), name: 'other', physicalName: 'Amount' }),
      'schema[0].properties[1].physicalName: must be unique at the source, got: "Amount"',
    ],
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
      'a delete marker that is no column',
      (c) => {
        COLUMN(c).primaryKey = true;
        custom(TABLE(c), { deleteMarker: { column: 'op', value: 'D' } });
      },
      'schema[0].customProperties.deleteMarker.column: must be a column, of amount, got: "op"',
    ],
    [
      'a delete marker where nothing is merged',
      (c) => custom(TABLE(c), { deleteMarker: { column: 'amount', value: '0' } }),
      'schema[0].customProperties.deleteMarker: needs writeMode merge: nothing is deleted by append',
    ],
    [
      'a delete marker without a value',
      (c) => custom(TABLE(c), { deleteMarker: { column: 'amount' } }),
      'schema[0].customProperties[0].value.value: is missing; must be of type string',
    ],
    [
      'a delete marker with a field too many',
      (c) => custom(TABLE(c), { deleteMarker: { column: 'amount', value: '0', values: [] } }),
      'schema[0].customProperties[0].value.values: is not a supported field; fields are column, value',
    ],
    [
      'an unknown answer to a changed column',
      (c) => custom(TABLE(c), { onChangedColumn: 'null' }),
      'schema[0].customProperties[0].value: must be one of evolve, ignore, fail, got: "null"',
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
