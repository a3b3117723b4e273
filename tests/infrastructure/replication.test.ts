import { REPLICATED } from '../../modules/naming';
import { policies, SECOND_KEY } from '../judges/policies';
import { resources, type Block } from './synth';
import { twoRegions } from './two-regions';

const { first, second } = twoRegions();
const ACCOUNT = '123456789012';
const FIRST = { region: 'us-east-1', prefix: 'glue-etl-pipeline-prod', key: /^arn:aws:kms:us-east-1:/ };
const SECOND = { region: 'us-west-2', prefix: 'glue-etl-pipeline-prod-dr', key: new RegExp(`^${SECOND_KEY}$`) };

const DIRECTIONS = [
  { direction: 'there', from: FIRST, to: SECOND, deletions: 'Enabled' },
  { direction: 'back', from: SECOND, to: FIRST, deletions: 'Disabled' },
];
const everyBucket = DIRECTIONS.flatMap((each) => REPLICATED.map((bucket) => ({ ...each, bucket })));

const documents = Object.entries(policies(first)) as [string, { Statement: Block[] }][];
/** The policy of a role of that direction. */
function policyOf(direction: string, role: string): Block[] {
  const [found, ...others] = documents.filter(([name]) =>
    name.startsWith(`disaster-recovery_${direction}_${role}_permissions`),
  );
  expect([direction, role, others.length]).toEqual([direction, role, 0]);
  return found![1].Statement;
}

const asList = (value: string | string[]): string[] => [value].flat();
const matches = (pattern: string, text: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^$()|[\]\\{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(text);

/** Whether IAM would allow it: an action on a resource, the request having that context. */
function isAllowed(policy: Block[], action: string, resource: string, context: Record<string, string> = {}): boolean {
  return policy.some(({ Effect, Action, Resource, Condition = {} }) => {
    const holds = Object.entries(Condition as Record<string, Record<string, string | string[]>>).every(
      ([test, wanted]) =>
        Object.entries(wanted).every(([key, values]) => {
          expect(['StringEquals', 'StringLike']).toContain(test);
          return asList(values).some((value) => matches(value, context[key] ?? ''));
        }),
    );
    const names = asList(Action).includes(action) && asList(Resource).some((pattern) => matches(pattern, resource));
    return Effect === 'Allow' && names && holds;
  });
}

const keyIn = (policy: Block[], key: RegExp): string =>
  policy.flatMap(({ Resource }) => asList(Resource)).find((resource) => key.test(resource))!;

describe.each(everyBucket)('$bucket, $direction', ({ direction, from, to, deletions, bucket }) => {
  const arn = (side: typeof from, key = '') => `arn:aws:s3:::${side.prefix}-${bucket}${key}`;
  const policy = policyOf(direction, 'role');

  test('is copied with what is encrypted with KMS, under the other key, in 15 minutes, and is measured', () => {
    const rules = resources(first, 'aws_s3_bucket_replication_configuration').filter(({ address }) =>
      address.includes(`disaster-recovery_${direction}_${bucket}`),
    );
    expect(rules).toHaveLength(1);
    const [configuration] = rules;
    expect(configuration!.role).toContain(`disaster-recovery_${direction}_role`);
    expect(configuration!.provider).toBe(direction === 'back' ? 'aws.second' : undefined);
    expect(configuration!.rule).toEqual([
      {
        id: 'all-objects',
        status: 'Enabled',
        priority: 1,
        filter: { prefix: '' },
        delete_marker_replication: { status: deletions },
        source_selection_criteria: {
          sse_kms_encrypted_objects: { status: 'Enabled' },
          replica_modifications: { status: 'Enabled' },
        },
        destination: {
          bucket: expect.stringMatching(
            direction === 'there' ? /:::glue-etl-pipeline-prod-dr-/ : /aws_s3_bucket\.storage_/,
          ),
          encryption_configuration: {
            replica_kms_key_id: expect.stringMatching(
              direction === 'there' ? /data\.aws_kms_alias/ : /security_data-key/,
            ),
          },
          replication_time: { status: 'Enabled', time: { minutes: 15 } },
          metrics: { status: 'Enabled', event_threshold: { minutes: 15 } },
        },
      },
    ]);
  });

  test('waits for versioning, without which S3 takes no rule, and for what its role may do', () => {
    const [configuration] = resources(first, 'aws_s3_bucket_replication_configuration').filter(({ address }) =>
      address.includes(`disaster-recovery_${direction}_${bucket}`),
    );
    const versioning = resources(first, 'aws_s3_bucket_versioning').find(({ address }) =>
      address.includes(`_${bucket}-`),
    )!;
    expect(configuration!.depends_on).toEqual(
      expect.arrayContaining([versioning.address, expect.stringMatching(/aws_iam_role_policy\.disaster-recovery_/)]),
    );
  });

  test.each(['s3:GetReplicationConfiguration', 's3:ListBucket'])('S3 may %s where it comes from', (action) => {
    expect(isAllowed(policy, action, arn(from))).toBe(true);
    expect(isAllowed(policy, action, arn(to))).toBe(false);
  });

  test.each([
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionAcl',
    's3:GetObjectVersionTagging',
    's3:GetObjectRetention',
    's3:GetObjectLegalHold',
  ])('S3 may %s of what it copies, and nowhere else', (action) => {
    expect(isAllowed(policy, action, arn(from, '/data/a.csv'))).toBe(true);
    expect(isAllowed(policy, action, arn(to, '/data/a.csv'))).toBe(false);
  });

  test.each(['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'])(
    'S3 may %s to where it goes',
    (action) => {
      expect(isAllowed(policy, action, arn(to, '/data/a.csv'))).toBe(true);
      expect(isAllowed(policy, action, arn(from, '/data/a.csv'))).toBe(false);
    },
  );

  test.each([
    ['kms:Decrypt', 'from'],
    ['kms:Decrypt', 'to'],
    ['kms:Encrypt', 'to'],
    ['kms:GenerateDataKey', 'to'],
  ] as const)('S3 may %s with the key of the bucket that it goes %s, and through S3 alone', (action, where) => {
    const side = { from, to }[where];
    const key = keyIn(policy, side.key);
    for (const context of [arn(side), arn(side, '/data/a.csv')]) {
      const asked = (service: string, named = context) =>
        isAllowed(policy, action, key, { 'kms:ViaService': service, 'kms:EncryptionContext:aws:s3:arn': named });
      expect(asked(`s3.${side.region}.amazonaws.com`)).toBe(true);
      expect(asked(`dynamodb.${side.region}.amazonaws.com`)).toBe(false);
      expect(asked(`s3.${side.region}.amazonaws.com`, 'arn:aws:s3:::another')).toBe(false);
    }
  });

  test('a batch job may start the copying of what was there before, and report what it did', () => {
    const batch = policyOf(direction, 'batch-role');
    expect(isAllowed(batch, 's3:InitiateReplication', arn(from, '/data/a.csv'))).toBe(true);
    for (const action of ['s3:GetReplicationConfiguration', 's3:PutInventoryConfiguration']) {
      expect(isAllowed(batch, action, arn(from))).toBe(true);
    }
    const logs = `arn:aws:s3:::${from.prefix}-logs`;
    expect(isAllowed(batch, 's3:PutObject', `${logs}/batch-replication/job/manifest.json`)).toBe(true);
    expect(isAllowed(batch, 's3:PutObject', `${logs}/reports/latest/orders.txt`)).toBe(false);
  });
});

test.each([
  ['role', 's3.amazonaws.com', 'replication'],
  ['batch-role', 'batchoperations.s3.amazonaws.com', 'batch-replication'],
])('its %s is assumed by %s', (role, service, name) => {
  for (const { direction, from } of DIRECTIONS) {
    const trust = Object.entries(first.data.aws_iam_policy_document!).find(([id]) =>
      id.startsWith(`disaster-recovery_${direction}_${role}_trust`),
    )![1];
    expect(trust.statement[0].principals).toEqual([{ type: 'Service', identifiers: [service] }]);
    const made = resources(first, 'aws_iam_role').find(({ address }) =>
      address.includes(`disaster-recovery_${direction}_${role}_`),
    )!;
    expect(made.name).toBe(`${from.prefix}-${name}`);
  }
});

test('scripts, temporary files and logs are copied nowhere', () => {
  const copied = resources(first, 'aws_s3_bucket_replication_configuration').map(({ bucket }) => bucket);
  expect(copied.filter((bucket) => /scripts|temp|logs|trail|config/.test(bucket))).toEqual([]);
  expect(resources(second, 'aws_s3_bucket_replication_configuration')).toEqual([]);
});

describe.each([
  { site: 'first', stack: first, own: FIRST, other: SECOND },
  { site: 'second', stack: second, own: SECOND, other: FIRST },
])('the $site Region', ({ stack, own, other }) => {
  const alarms = resources(stack, 'aws_cloudwatch_metric_alarm').filter(({ alarm_name }) =>
    alarm_name.startsWith(`${own.prefix}-replication-`),
  );
  const alarmOn = (metric: string, dimensions: Record<string, string>) =>
    alarms.filter(
      (alarm) => alarm.metric_name === metric && expect.objectContaining(dimensions).asymmetricMatch(alarm.dimensions),
    );
  const rule = (from: typeof own, to: typeof own, bucket: string) => ({
    SourceBucket: `${from.prefix}-${bucket}`,
    DestinationBucket: `${to.prefix}-${bucket}`,
    RuleId: 'all-objects',
  });

  // S3 reports lag in the Region that it copies to, and failure in that it copies from.
  test.each(REPLICATED)('hears if %s lags behind the other one, and if its own objects are not copied', (bucket) => {
    expect(alarmOn('ReplicationLatency', rule(other, own, bucket))).toMatchObject([
      { namespace: 'AWS/S3', statistic: 'Maximum', threshold: 900, comparison_operator: 'GreaterThanThreshold' },
    ]);
    expect(alarmOn('OperationsFailedReplication', rule(own, other, bucket))).toMatchObject([
      { namespace: 'AWS/S3', statistic: 'Sum', threshold: 0, comparison_operator: 'GreaterThanThreshold' },
    ]);
  });

  test.each(['job-state', 'job-bookmarks'])('hears if table %s of the other one lags behind', (table) => {
    const dimensions = { TableName: `${FIRST.prefix}-${table}`, ReceivingRegion: other.region };
    expect(alarmOn('ReplicationLatency', dimensions)).toMatchObject([
      { namespace: 'AWS/DynamoDB', statistic: 'Average', threshold: 60000 },
    ]);
  });

  test('tells its own topic, whose mails come from that Region, and has no other alarm on copies', () => {
    expect(alarms).toHaveLength(2 * REPLICATED.length + 2);
    for (const { alarm_actions, treat_missing_data } of alarms) {
      expect(alarm_actions).toEqual([expect.stringContaining('aws_sns_topic.monitoring_alerts')]);
      expect(treat_missing_data).toBe('notBreaching');
    }
    expect(resources(stack, 'aws_sns_topic').map(({ name }) => name)).toContain(`${own.prefix}-alerts`);
  });
});

test('every table that jobs share has a replica, with recovery to a point in time, under a key of that Region', () => {
  const shared = resources(first, 'aws_dynamodb_table').filter(({ name }) => /-job-(state|bookmarks)$/.test(name));
  expect(shared).toHaveLength(2);
  for (const table of shared) {
    expect(table).toMatchObject({ stream_enabled: true, stream_view_type: 'NEW_AND_OLD_IMAGES' });
    expect(table.replica).toEqual([
      {
        region_name: 'us-west-2',
        kms_key_arn: expect.stringMatching(/data\.aws_kms_alias\.second-region_data-key/),
        point_in_time_recovery: true,
        propagate_tags: true,
      },
    ]);
  }
});

test('every secret has a replica under a key of that Region, and its reader there may read that', () => {
  const secrets = resources(first, 'aws_secretsmanager_secret');
  expect(secrets.length).toBeGreaterThan(0);
  for (const { replica } of secrets) {
    expect(replica).toEqual([
      { region: 'us-west-2', kms_key_id: expect.stringMatching(/data\.aws_kms_alias\.second-region_secrets-key/) },
    ]);
  }
  const [, { Statement }] = (Object.entries(policies(second)) as typeof documents).find(([name]) =>
    name.startsWith('glue_ingest-stock_permissions'),
  )!;
  // `var.aws_region` reads us-east-1 in rendered policies.
  const replica = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:shop/reader-a1b2c3`;
  expect(isAllowed(Statement, 'secretsmanager:GetSecretValue', replica)).toBe(true);
  const key = keyIn(Statement, /:kms:/);
  expect(isAllowed(Statement, 'kms:Decrypt', key, { 'kms:EncryptionContext:SecretARN': replica })).toBe(true);
});
