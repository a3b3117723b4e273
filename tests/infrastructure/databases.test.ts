import { loadEnvironment } from '../../environments';
import { custom, database, load } from '../unit/contract-files';
import { resources, statements, synthesize, type Block } from './synth';

const PROD = loadEnvironment('prod');
const DATASETS = load(
  { 'stock.odcs.yaml': database('stock', 'prod'), 'prices.odcs.yaml': mysql(database('prices', 'prod')) },
  'prod',
);
const REACHABLE = { ...PROD, network: { ...PROD.network, databaseCidrs: ['10.1.0.0/16', '10.2.3.0/24'] } };

/** Groups of the workers of jobs that read databases. */
const GROUPS = ['glue', 'databases'].map((purpose) => expect.stringContaining(`networking_${purpose}_group`));

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
  const grants = statements(stack).filter(({ document }) => document.startsWith('glue_'));
  const zones = PROD.network.availabilityZones;

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
        security_group_id_list: GROUPS,
      });
    }
  });

  test('have it on their ingest job, with one for each other zone, and on no other job', () => {
    for (const { address, default_arguments, connections: used, tags } of resources(stack, 'aws_glue_job')) {
      const own = expect.stringContaining(`aws_glue_connection.glue_${tags.Dataset}-source`);
      const inEachZone = (purpose: string) =>
        Array.from({ length: zones }, () => expect.stringContaining(`aws_glue_connection.glue_${purpose}_`));
      if (address.includes('_ingest-job_')) {
        expect(default_arguments).toMatchObject({ '--connection': own });
        expect(used).toEqual([own, ...inEachZone('databases')]);
      } else {
        expect(default_arguments).not.toHaveProperty('--connection');
        expect(used).toEqual(inEachZone('network'));
      }
      expect(default_arguments).not.toHaveProperty('--source_queue');
    }
  });

  test('have a secret each, encrypted with the key of secrets, that can be restored', () => {
    expect(resources(stack, 'aws_secretsmanager_secret')).toEqual(
      ['prices/reader', 'shop/reader'].map((name) =>
        expect.objectContaining({
          name,
          kms_key_id: expect.stringContaining('security_secrets_key'),
          recovery_window_in_days: 30,
        }),
      ),
    );
    expect(resources(stack, 'aws_secretsmanager_secret_version')).toEqual([]);
    expect(resources(stack, 'aws_secretsmanager_secret_rotation')).toEqual([]);
  });

  test('have an ingest role each, which alone reads their secret and uses their connection', () => {
    const roles = resources(stack, 'aws_glue_job').filter(({ address }) => address.includes('_ingest-job_'));
    expect(roles.map(({ role_arn }) => role_arn)).toEqual(
      ['prices', 'stock'].map((name) => expect.stringContaining(`aws_iam_role.glue_ingest-${name}_`)),
    );
    const readers = (action: string) =>
      grants
        .filter(({ actions }) => actions.includes(action))
        .map(({ document, resources: named }) => [document, named]);
    const own = (dataset: string) => expect.stringContaining(`glue_ingest-${dataset}_permissions`);
    expect(readers('secretsmanager:GetSecretValue')).toEqual([
      [own('prices'), [expect.stringContaining('secret-prices--reader')]],
      [own('stock'), [expect.stringContaining('secret-shop--reader')]],
    ]);
    for (const dataset of ['prices', 'stock']) {
      const users = readers('glue:GetConnection').filter(([, named]) =>
        named.some((arn: string) => arn.endsWith(`-source-${dataset}`)),
      );
      expect(users.map(([document]) => document)).toEqual([own(dataset)]);
    }
  });

  test('have the key of secrets decrypt their own secret only', () => {
    const decrypt = grants.filter(({ resources: named }) => named?.some((arn: string) => /secrets_key/.test(arn)));
    expect(decrypt).toHaveLength(2);
    for (const { actions, condition } of decrypt) {
      expect(actions).toEqual(['kms:Decrypt']);
      expect(condition).toEqual([expect.objectContaining({ variable: 'kms:EncryptionContext:SecretARN' })]);
    }
  });

  test('let their roles touch what is theirs of the raw zone, and remove nothing else', () => {
    for (const dataset of ['prices', 'stock']) {
      const raw = grants
        .filter(({ document }) => document.startsWith(`glue_ingest-${dataset}_permissions`))
        .flatMap(({ actions, resources: named }) => named.map((arn: string) => [arn, actions]))
        .filter(([arn]) => /raw-bucket.*\//.test(arn));
      for (const [arn] of raw) expect(arn).toMatch(new RegExp(`/(data|manifests)/${dataset}/\\*$`));
      const removed = raw.filter(([, actions]) => actions.includes('s3:DeleteObject')).map(([arn]) => arn);
      expect(removed).toEqual([expect.stringMatching(new RegExp(`/data/${dataset}/\\*$`))]);
    }
  });

  test('let their own jobs reach the databases in the blocks of the environment, at their ports', () => {
    const open = resources(stack, 'aws_vpc_security_group_egress_rule').filter(({ cidr_ipv4 }) => cidr_ipv4);
    expect(
      open.map(({ cidr_ipv4, ip_protocol, from_port, to_port }) => [cidr_ipv4, ip_protocol, from_port, to_port]),
    ).toEqual([
      ['10.1.0.0/16', 'tcp', 3306, 3306],
      ['10.1.0.0/16', 'tcp', 5432, 5432],
      ['10.2.3.0/24', 'tcp', 3306, 3306],
      ['10.2.3.0/24', 'tcp', 5432, 5432],
    ]);
    for (const rule of open) expect(rule.security_group_id).toMatch(/networking_databases_group/);
    for (const { address, physical_connection_requirements: place } of resources(stack, 'aws_glue_connection')) {
      const isForDatabases = !address.includes('glue_network_');
      expect([address, place.security_group_id_list]).toEqual([address, isForDatabases ? GROUPS : GROUPS.slice(0, 1)]);
    }
  });

  test('add ways to the APIs that their jobs call', () => {
    const services = resources(stack, 'aws_vpc_endpoint').map(({ service_name }) => service_name.split('.').at(-1));
    expect(services).toEqual(expect.arrayContaining(['secretsmanager', 'sts']));
  });
});

test('secrets of databases are rotated by the function that the environment names', () => {
  const rotation = { function: 'rotate-postgresql', days: 30 };
  const stack = synthesize({ ...REACHABLE, secrets: { ...PROD.secrets, rotation } }, DATASETS);
  const rotated = resources(stack, 'aws_secretsmanager_secret_rotation');
  expect(rotated.map(({ secret_id }) => secret_id)).toEqual(
    resources(stack, 'aws_secretsmanager_secret').map(({ address }) => `\${${address}.id}`),
  );
  for (const { rotation_lambda_arn, rotation_rules, rotate_immediately } of rotated) {
    expect(rotation_lambda_arn).toMatch(/:function:rotate-postgresql$/);
    expect([rotation_rules, rotate_immediately]).toEqual([{ automatically_after_days: 30 }, false]);
  }
  expect(resources(stack, 'aws_lambda_permission')).toContainEqual(
    expect.objectContaining({
      function_name: 'rotate-postgresql',
      principal: 'secretsmanager.amazonaws.com',
      source_account: expect.stringMatching(/account_id/),
    }),
  );
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
