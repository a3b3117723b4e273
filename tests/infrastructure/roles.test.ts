import { environmentNames, loadEnvironment } from '../../environments';
import { BUCKETS, type BucketPurpose } from '../../modules/naming';
import { statementsByRole } from '../judges/policies';
import { custom, database, load, minimal, product, type Draft } from '../unit/contract-files';
import { synthesize } from './synth';

const SECRETS = { stock: 'shop/reader', prices: 'prices/reader' };

/** A data set of every kind of source. */
function contracts(environment: string): Draft[] {
  const files = (name: string, bucket: string) => {
    const location = `s3://${bucket}/${name}/*.csv`;
    return { ...minimal(name), servers: [{ server: 'a', environment, type: 's3', location, format: 'csv' }] };
  };
  const databases = Object.entries(SECRETS).map(([name, secret]) => {
    const contract = database(name, environment);
    custom(contract.servers[0], { secret });
    return contract;
  });
  return [
    files('orders', `glue-etl-pipeline-${environment}-source`),
    files('partners', 'partner-files'),
    ...databases,
    product('revenue', ['orders'], environment),
  ];
}

/** Which role may get (r), list (l), put (w) and delete (d) objects of which bucket: all of it, or a part of its keys. */
const ACCESS: Record<string, Partial<Record<BucketPurpose, string>>> = {
  ingest: { source: 'rl', raw: 'rlw', curated: 'rl', scripts: 'rl', temp: 'rlwd', logs: 'w' },
  'ingest-partners': { raw: 'rlw', scripts: 'rl', temp: 'rlwd', logs: 'w' },
  'ingest-stock': { raw: 'rlwd', scripts: 'rl', temp: 'rlwd', logs: 'w' },
  'ingest-prices': { raw: 'rlwd', scripts: 'rl', temp: 'rlwd', logs: 'w' },
  process: { raw: 'rl', processed: 'rlwd', curated: 'rl', scripts: 'rl', temp: 'rlwd', logs: 'w' },
  validate: { processed: 'rlw', scripts: 'rl', temp: 'rlwd', logs: 'w' },
  curate: { processed: 'rl', curated: 'rlwd', scripts: 'rl', temp: 'rlwd', logs: 'w' },
  crawler: { raw: 'rl' },
  events: {},
  monitoring: { scripts: 'r', logs: 'rw' },
  // Which environments have is up to them.
  'table-optimizer': { processed: 'rlwd', curated: 'rlwd' },
  interactive: { processed: 'rl', curated: 'rl', scripts: 'rl', temp: 'rlwd' },
  'flow-logs': {},
  catalog: {},
};
/** What S3 assumes to copy to another Region: replication.test.ts tells of these. */
const COPIERS = /^(dr-)?(batch-)?replication$/;
const LETTERS: Record<string, string> = { GetObject: 'r', ListBucket: 'l', PutObject: 'w', DeleteObject: 'd' };

describe.each(environmentNames())('the roles of %s', (name) => {
  const environment = loadEnvironment(name);
  const named = contracts(name).map((contract) => [`${contract.id}.odcs.yaml`, contract]);
  const datasets = load({ ...Object.fromEntries(named), 'query.sql': 'SELECT 1 AS amount' }, name);
  const network = { ...environment.network, databaseCidrs: ['10.1.0.0/16'] };
  const stack = synthesize({ ...environment, network }, datasets);
  const prefix = `${stack.naming.prefix}-`;
  const byRole = Object.entries(statementsByRole(stack))
    .map(([role, statements]) => [role.slice(prefix.length), statements] as const)
    .filter(([role]) => !COPIERS.test(role));
  const grants = byRole.flatMap(([role, statements]) =>
    statements.flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => [Resource!].flat().map((resource) => ({ role, action, resource }))),
    ),
  );
  const roles = byRole.map(([role]) => role);

  test('are those that are told of here', () => {
    expect(roles.filter((role) => !(role in ACCESS))).toEqual([]);
    expect(roles).toEqual(expect.arrayContaining(['ingest', 'process', 'validate', 'curate', 'crawler', 'monitoring']));
  });

  test.each(Object.keys(ACCESS))('%s reaches the buckets of its own work, and in no other way', (role) => {
    if (!roles.includes(role)) return;
    const access = Object.fromEntries(
      BUCKETS.map((purpose) => {
        const bucket = `arn:aws:s3:::${prefix}${purpose}`;
        const actions = grants
          .filter(
            (grant) => grant.role === role && [bucket, `${bucket}/`].some((arn) => grant.resource.startsWith(arn)),
          )
          .map(({ action }) => LETTERS[action.slice('s3:'.length)] ?? '');
        return [purpose, [...new Set(actions)].sort((a, b) => 'rlwd'.indexOf(a) - 'rlwd'.indexOf(b)).join('')];
      }).filter(([, letters]) => letters !== ''),
    );
    expect(access).toEqual(ACCESS[role]);
  });

  test('touch nothing of another environment', () => {
    const others = grants.filter(({ resource }) => {
      // Tables of jobs are replicas of each other, and have one name in both Regions.
      const { jobStateTable, jobBookmarksTable } = stack.naming;
      if ([jobStateTable, jobBookmarksTable].some((table) => resource.endsWith(`:table/${table}`))) return false;
      const [, project] = /(glue[-_]etl[-_]pipeline[-_][a-z0-9]+([-_]dr(?![a-z0-9]))?)/.exec(resource) ?? [];
      return project !== undefined && project.replaceAll('_', '-') !== stack.naming.prefix;
    });
    expect(others).toEqual([]);
  });

  test('write no code, no source, no report and no audit trail but their own', () => {
    const writes = grants.filter(({ action }) => /^s3:(Put|Delete)/.test(action));
    const at = (purpose: string) => writes.filter(({ resource }) => resource.includes(`:::${prefix}${purpose}`));
    for (const purpose of ['source', 'scripts', 'trail', 'config']) expect(at(purpose)).toEqual([]);
    expect(
      at('logs')
        .filter(({ role }) => role !== 'monitoring')
        .map(({ resource }) => resource),
    ).toEqual(
      at('logs')
        .filter(({ role }) => role !== 'monitoring')
        .map(() => `arn:aws:s3:::${prefix}logs/spark-events/*`),
    );
  });

  test('that may delete objects of the lake delete what they write', () => {
    const deletes = grants.filter(
      ({ action, resource }) => action === 's3:DeleteObject' && !resource.includes('-temp/'),
    );
    for (const { role, resource } of deletes) {
      expect(grants).toContainEqual({ role, action: 's3:PutObject', resource });
    }
    // And no role gets at what was replaced or deleted.
    expect(
      grants.filter(({ action }) => /ObjectVersion|DeleteBucket|Policy|Lifecycle|Versioning/.test(action)),
    ).toEqual([]);
  });

  test('that read a secret read that of their own data set alone', () => {
    const readers = grants.filter(({ action }) => action.startsWith('secretsmanager:'));
    expect(readers).toEqual(
      Object.entries(SECRETS)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([dataset, secret]) => ({
          role: `ingest-${dataset}`,
          action: 'secretsmanager:GetSecretValue',
          resource: expect.stringContaining(`:secret:${secret}-`),
        })),
    );
  });

  test('of one data set reach only its own folders of the raw zone', () => {
    for (const dataset of ['partners', 'stock', 'prices']) {
      const objects = grants
        .filter(({ role, resource }) => role === `ingest-${dataset}` && resource.includes(`${prefix}raw/`))
        .map(({ resource }) => resource);
      expect([...new Set(objects)].sort()).toEqual([
        `arn:aws:s3:::${prefix}raw/data/${dataset}/*`,
        `arn:aws:s3:::${prefix}raw/manifests/${dataset}/*`,
      ]);
    }
  });

  test('make no table, key, role, job or network that they are not made for', () => {
    const changes = grants
      .filter(({ action }) => /:(Create|Delete|Put|Update|Attach|Start|Stop|Pass|Set|Schedule)/.test(action))
      .filter(({ action }) => !/^(s3|logs|cloudwatch|dynamodb|xray):/.test(action));
    const allowed: Record<string, RegExp> = {
      process: /^glue:(Create|Update)Table$|^glue:(Create|Update)TableOptimizer$|^iam:PassRole$|^ec2:/,
      curate: /^glue:(Create|Update)Table$|^glue:(Create|Update)TableOptimizer$|^iam:PassRole$|^ec2:/,
      crawler: /^glue:(CreateTable|UpdateTable|BatchCreatePartition|UpdatePartition)$/,
      'table-optimizer': /^glue:UpdateTable$/,
    };
    for (const { role, action } of changes) {
      expect([role, action]).toEqual([role, expect.stringMatching(allowed[role] ?? /^ec2:|^sqs:DeleteMessage/)]);
    }
  });
});
