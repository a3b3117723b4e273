import { loadEnvironment } from '../../environments';
import { custom, database, load } from '../unit/contract-files';
import { resources, statements, synthesize, type Block } from './synth';

const PROD = loadEnvironment('prod');
const DATASETS = load(
  { 'stock.odcs.yaml': database('stock', 'prod'), 'prices.odcs.yaml': mysql(database('prices', 'prod')) },
  'prod',
);
const REACHABLE = { ...PROD, network: { ...PROD.network, databaseCidrs: ['10.1.0.0/16', '10.2.3.0/24'] } };

function mysql(contract: Block): Block {
  const [server] = contract.servers;
  Object.assign(server, { type: 'mysql', port: 3306 });
  delete server.schema;
  custom(server, { secret: 'prices/reader' });
  return contract;
}

describe('data sets from databases', () => {
  const stack = synthesize(REACHABLE, DATASETS);
  const connections = resources(stack, 'aws_glue_connection').filter(
    ({ connection_type }) => connection_type === 'JDBC',
  );
  const ingest = statements(stack).filter(({ document }) => document.startsWith('glue_ingest-permissions'));

  test('have a connection each, over TLS, with the secret, in a private subnet', () => {
    expect(
      connections.map(({ name, connection_properties }) => [name, connection_properties.JDBC_CONNECTION_URL]),
    ).toEqual([
      ['glue-etl-pipeline-prod-source-prices', 'jdbc:mysql://db.example.org:3306/shop'],
      ['glue-etl-pipeline-prod-source-stock', 'jdbc:postgresql://db.example.org:5432/shop'],
    ]);
    expect(connections.map(({ connection_properties }) => connection_properties.SECRET_ID)).toEqual([
      'prices/reader',
      'shop/reader',
    ]);
    for (const { connection_properties, physical_connection_requirements } of connections) {
      expect(connection_properties).toMatchObject({ JDBC_ENFORCE_SSL: 'true' });
      expect(physical_connection_requirements).toMatchObject({
        subnet_id: expect.stringContaining('private-subnet'),
        security_group_id_list: [expect.stringContaining('networking_glue_group')],
      });
    }
  });

  test('have it on their ingest job, before those of all jobs, and on no other job', () => {
    for (const { address, default_arguments, connections: used, tags } of resources(stack, 'aws_glue_job')) {
      const own = expect.stringContaining(`aws_glue_connection.glue_${tags.Dataset}-source`);
      if (address.includes('_ingest-job_')) {
        expect(default_arguments).toMatchObject({ '--connection': own });
        expect(used[0]).toEqual(own);
        expect(used).toHaveLength(1 + PROD.network.availabilityZones);
      } else {
        expect(default_arguments).not.toHaveProperty('--connection');
        expect(used).toHaveLength(PROD.network.availabilityZones);
      }
      expect(default_arguments).not.toHaveProperty('--source_queue');
    }
  });

  test('let ingest use their connections and secrets, and no others', () => {
    const of = (action: string) => ingest.filter(({ actions }) => actions.includes(action));
    expect(of('secretsmanager:GetSecretValue').flatMap(({ resources: named }) => named)).toEqual([
      expect.stringMatching(/:secret:prices\/reader-\?{6}$/),
      expect.stringMatching(/:secret:shop\/reader-\?{6}$/),
    ]);
    expect(of('glue:GetConnection').flatMap(({ resources: named }) => named)).toContainEqual(
      expect.stringMatching(/:connection\/glue-etl-pipeline-prod-source-\*$/),
    );
    const users = statements(stack).filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
    expect(users).toHaveLength(1);
  });

  test('let ingest remove what it has written of them, and nothing else of the raw zone', () => {
    const removed = ingest
      .filter(({ actions }) => actions.includes('s3:DeleteObject'))
      .flatMap(({ resources: named }) => named)
      .filter((arn: string) => /raw-bucket/.test(arn));
    expect(removed).toEqual(['prices', 'stock'].map((name) => expect.stringMatching(new RegExp(`/data/${name}/\\*$`))));
  });

  test('let jobs reach the databases in the blocks of the environment, at their ports', () => {
    const open = resources(stack, 'aws_vpc_security_group_egress_rule').filter(({ cidr_ipv4 }) => cidr_ipv4);
    expect(
      open.map(({ cidr_ipv4, ip_protocol, from_port, to_port }) => [cidr_ipv4, ip_protocol, from_port, to_port]),
    ).toEqual([
      ['10.1.0.0/16', 'tcp', 3306, 3306],
      ['10.1.0.0/16', 'tcp', 5432, 5432],
      ['10.2.3.0/24', 'tcp', 3306, 3306],
      ['10.2.3.0/24', 'tcp', 5432, 5432],
    ]);
  });
});

test('a database that the environment gives no way to is an error that says so', () => {
  expect(() => synthesize(PROD, DATASETS)).toThrow(
    'environments/prod.ts: network.databaseCidrs: must name the blocks that the databases of data sets are in, got: []; ' +
      'prices reads db.example.org:3306, stock reads db.example.org:5432',
  );
});

test('jobs outside of the VPC reach a database without a subnet of their own', () => {
  const stack = synthesize({ ...PROD, glue: { ...PROD.glue, vpc: false } }, DATASETS);
  const connections = resources(stack, 'aws_glue_connection');
  expect(connections).toHaveLength(2);
  for (const connection of connections) expect(connection.physical_connection_requirements).toBeUndefined();
});
