import { environmentNames } from '../../environments';
import { custom, database, load, loadOne, minimal, problemsOf, product, type Draft } from './contract-files';

const SERVER = (contract: Draft) => contract.servers[0];
const TABLE = (contract: Draft) => contract.schema[0];
const LOCATION = { server: 'landing', environment: 'dev', type: 's3', location: 's3://bucket/folder/*' };
const SQL = { 'query.sql': 'SELECT sum(amount) AS amount FROM orders\n' };

type Case = [string, (contract: Draft) => void, string];

/** Expects an error of the contract once it is changed. */
function refuse(contract: Draft, change: Case[1], expected: string, others: Record<string, Draft> = {}): void {
  change(contract);
  const problems = problemsOf({ 'it.odcs.yaml': contract, ...others });
  expect(problems).toContainEqual(expect.stringContaining(`it.odcs.yaml: servers[0].${expected}`));
}

describe('files', () => {
  test.each(['json', 'parquet'])('of format %s have no CSV options', (format) => {
    const { source } = loadOne((c) => (SERVER(c).format = format));
    expect(source).toMatchObject({ type: 's3', format, csv: null, localPath: 'orders.csv' });
  });

  test.each([
    ['semicolon', ';'],
    ['tab', '\t'],
    ['~', '~'],
    ['\u0001', '\u0001'],
  ])('may be delimited by %j', (delimiter, character) => {
    const local = loadOne((c) => custom(SERVER(c), { delimiter }));
    expect(local.source).toMatchObject({ csv: { delimiter: character } });
    const landed = loadOne((c) => (c.servers = [{ ...LOCATION, format: 'csv', delimiter }]), 'dev');
    expect(landed.source).toMatchObject({ csv: { delimiter: character } });
  });

  test('of JSON may say that a line holds an object, as the standard has it', () => {
    const { source } = loadOne((c) => (c.servers = [{ ...LOCATION, format: 'json', delimiter: 'new_line' }]), 'dev');
    expect(source).toMatchObject({ bucket: 'bucket', prefix: 'folder/', pattern: '*', format: 'json' });
  });

  const invalid: Case[] = [
    ['an unknown kind', (c) => (SERVER(c).type = 'kafka'), 'type: must be one of local, s3, postgresql, mysql, custom'],
    ['another format', (c) => (SERVER(c).format = 'avro'), 'format: must be one of csv, json, parquet, got: "avro"'],
    ['no format', (c) => delete SERVER(c).format, 'format: is missing; must be one of csv, json, parquet'],
    [
      'an unknown environment',
      (c) => Object.assign(SERVER(c), { ...LOCATION, environment: 'produ' }),
      `environment: must be one of ${environmentNames().join(', ')}, got: "produ"`,
    ],
    ['local files elsewhere', (c) => (SERVER(c).environment = 'dev'), 'environment: must be local: elsewhere nobody'],
    [
      'a location that is none',
      (c) => (c.servers = [{ ...LOCATION, format: 'csv', location: 's3://bucket/*.csv' }]),
      'location: must be s3://<bucket>/<folder>/<files>, with * and ? in <files> only, got: "s3://bucket/*.csv"',
    ],
    [
      'an array of JSON objects',
      (c) => (c.servers = [{ ...LOCATION, format: 'json', delimiter: 'array' }]),
      'delimiter: must be new_line, got: "array"',
    ],
    [
      'CSV options of another format',
      (c) => Object.assign(SERVER(c), { format: 'parquet', customProperties: [] }),
      'customProperties: is not a supported field; fields are id, description, roles, server,',
    ],
    [
      'an unknown CSV option',
      (c) => custom(SERVER(c), { sep: ';' }),
      'customProperties[0].property: must be one of header, delimiter, quote, escape, encoding, nullValue, multiline, g',
    ],
    [
      'a CSV option of another type',
      (c) => custom(SERVER(c), { header: 'yes' }),
      'customProperties[0].value: must be of type boolean, got: "yes"',
    ],
    [
      'a delimiter of two characters',
      (c) => custom(SERVER(c), { delimiter: '||' }),
      'customProperties[0].value: must be one of comma, semicolon, tab, pipe, or one character other than backslash',
    ],
    [
      'a line break between fields',
      (c) => custom(SERVER(c), { delimiter: '\n' }),
      'customProperties[0].value: must be',
    ],
    [
      'a quote that is the delimiter',
      (c) => custom(SERVER(c), { delimiter: "'", quote: "'" }),
      'customProperties.quote: must differ from the delimiter, got: "\'"',
    ],
    [
      'an encoding that Spark does not know',
      (c) => custom(SERVER(c), { encoding: 'EBCDIC' }),
      'customProperties[0].value: must be one of UTF-8, US-ASCII, ISO-8859-1,',
    ],
    [
      'lines of an encoding that has no bytes for them',
      (c) => custom(SERVER(c), { encoding: 'UTF-16', multiline: false }),
      'customProperties.encoding: needs multiline: true, as its line breaks are no bytes, got: "UTF-16"',
    ],
  ];

  test.each(invalid)('%s', (_, change, expected) => refuse(minimal(), change, expected));

  test('of one environment come from one server', () => {
    const contract = minimal();
    contract.servers.push(SERVER(contract));
    expect(problemsOf({ 'it.odcs.yaml': contract })).toEqual([
      'it.odcs.yaml: servers[1].environment: must have one server only, got: "local"',
    ]);
  });
});

describe('a database', () => {
  test('that is minimal gets the defaults', () => {
    const [dataset] = load({ 'stock.odcs.yaml': database() });
    expect(dataset).toMatchObject({ writeMode: 'append' });
    expect(dataset!.source).toEqual({
      type: 'postgresql',
      ...{ host: 'db.example.org', port: 5432, database: 'shop', schema: 'public', table: 'stock' },
      ...{ secret: 'shop/reader', watermark: 'changed', watermarkDelaySeconds: 300, parallelReads: 4 },
    });
  });

  test('that is maximal gets all it asks for', () => {
    const contract = database();
    Object.assign(SERVER(contract), { type: 'mysql', port: 3306 });
    delete SERVER(contract).schema;
    custom(SERVER(contract), { table: 'Stock Items', watermark: 'amount', watermarkDelay: 0, parallelReads: 8 });
    TABLE(contract).properties[0].physicalName = 'Amount Left';
    expect(load({ 'stock.odcs.yaml': contract })[0]!.source).toMatchObject({
      ...{ type: 'mysql', schema: null, table: 'Stock Items' },
      ...{ watermark: 'Amount Left', watermarkDelaySeconds: 0, parallelReads: 8 },
    });
  });

  test('needs no watermark if each batch replaces all rows', () => {
    const contract = database();
    custom(TABLE(contract), { writeMode: 'replace' });
    SERVER(contract).customProperties = [{ property: 'secret', value: 's' }];
    expect(load({ 'stock.odcs.yaml': contract })[0]!.source).toMatchObject({ watermark: null });
  });

  const invalid: Case[] = [
    ['without a host', (c) => delete SERVER(c).host, 'host: is missing; must be of type string'],
    ['a URL for a host', (c) => (SERVER(c).host = 'jdbc:x'), 'host: must be the name or IPv4 address of a host, got:'],
    ['a port that is none', (c) => (SERVER(c).port = 0), 'port: must be 1 to 65535, got: 0'],
    [
      'JDBC parameters in its name',
      (c) => (SERVER(c).database = 'shop?ssl=false'),
      'database: must be letters, digits, _, $ and -, got: "shop?ssl=false"',
    ],
    ['PostgreSQL without a schema', (c) => delete SERVER(c).schema, 'schema: is missing; must be of type string'],
    ['MySQL with one', (c) => (SERVER(c).type = 'mysql'), 'schema: is not a supported field; fields are id,'],
    ['files', (c) => (SERVER(c).format = 'csv'), 'format: is not a supported field; fields are id, description,'],
    [
      'without a secret',
      (c) => (SERVER(c).customProperties = []),
      'customProperties.secret: is missing; must be of type string',
    ],
    [
      'any secret',
      (c) => custom(SERVER(c), { secret: '*' }),
      'customProperties[1].value: must be the name of a secret: letters, digits and /_+=.@-, got: "*"',
    ],
    [
      'without a watermark',
      (c) => (SERVER(c).customProperties = [{ property: 'secret', value: 's' }]),
      'customProperties.watermark: is missing; only with writeMode replace may every run read all rows',
    ],
    [
      'a watermark that is no column',
      (c) => custom(SERVER(c), { watermark: 'updated' }),
      'customProperties.watermark: must be a column of type timestamp, date, int, bigint: must be one of amount, changed, g',
    ],
    [
      'a watermark that does not grow',
      (c) => {
        TABLE(c).properties[0] = { name: 'note', logicalType: 'string', physicalType: 'string' };
        custom(SERVER(c), { watermark: 'note' });
      },
      'customProperties.watermark: must be a column of type timestamp, date, int, bigint: must be changed, got: "note"',
    ],
    [
      'a negative delay',
      (c) => custom(SERVER(c), { watermarkDelay: -1 }),
      'customProperties[2].value: must not be neg',
    ],
    [
      'no connection',
      (c) => custom(SERVER(c), { parallelReads: 0 }),
      'customProperties[2].value: must be 1 to 64, got',
    ],
  ];

  test.each(invalid)('%s', (_, change, expected) => refuse(database(), change, expected));
});

describe('a data product', () => {
  const others = { 'orders.odcs.yaml': minimal('orders'), ...SQL };

  test('holds the text of its query, and replaces what it gave before', () => {
    const [, revenue] = load({ ...others, 'revenue.odcs.yaml': product() });
    expect(revenue).toMatchObject({
      writeMode: 'replace',
      source: { type: 'query', sql: 'SELECT sum(amount) AS amount FROM orders', inputs: ['orders'] },
    });
  });

  test('may be computed from another', () => {
    const datasets = load({ ...others, 'a.odcs.yaml': product(), 'b.odcs.yaml': product('best', ['revenue']) });
    expect(datasets.map(({ name }) => name)).toEqual(['revenue', 'best', 'orders']);
  });

  const invalid: Case[] = [
    [
      'whose query is missing',
      (c) => custom(SERVER(c), { query: 'other.sql' }),
      'customProperties.query: must be an SQL file, by its path from the contract\'s folder, and not empty, got: "other',
    ],
    [
      'without inputs',
      (c) => custom(SERVER(c), { inputs: [] }),
      'customProperties[1].value: must not be empty, got: []',
    ],
    [
      'with an input twice',
      (c) => custom(SERVER(c), { inputs: ['orders', 'orders'] }),
      'customProperties[1].value: must name each data set once, got: ["orders","orders"]',
    ],
    [
      'with an input that fits no name',
      (c) => custom(SERVER(c), { inputs: ['Orders'] }),
      'customProperties[1].value[0]: must be lower-case letters, digits and underscores, a letter first, got: "Orders"',
    ],
    [
      'with an unknown input',
      (c) => custom(SERVER(c), { inputs: ['orders', 'invoices'] }),
      'customProperties.inputs[1]: must be another data set of environment local: must be orders, got: "invoices"',
    ],
    [
      'of itself',
      (c) => custom(SERVER(c), { inputs: ['revenue'] }),
      'customProperties.inputs[0]: must be another data set of environment local: must be orders, got: "revenue"',
    ],
    [
      'of a data set that its environment does not have',
      (c) => (SERVER(c).environment = 'dev'),
      'customProperties.inputs[0]: must be another data set of environment dev: there is none, got: "orders"',
    ],
  ];

  test.each(invalid)('%s', (_, change, expected) => refuse(product(), change, expected, others));

  test('in a circle of them', () => {
    const files = { ...others, 'a.odcs.yaml': product('a', ['b', 'orders']), 'b.odcs.yaml': product('b', ['a']) };
    expect(problemsOf(files)).toEqual([
      'a.odcs.yaml: servers[0].customProperties.inputs[0]: must not be computed from a itself, got: "b"',
      'b.odcs.yaml: servers[0].customProperties.inputs[0]: must not be computed from b itself, got: "a"',
    ]);
  });

  test('that deletes nothing', () => {
    const contract = product();
    Object.assign(TABLE(contract).properties[0], { primaryKey: true });
    custom(TABLE(contract), { deleteMarker: { column: 'amount', value: '0' } });
    expect(problemsOf({ ...others, 'it.odcs.yaml': contract })).toEqual([
      'it.odcs.yaml: schema[0].customProperties.deleteMarker: needs writeMode merge: nothing is deleted by replace',
    ]);
  });
});
