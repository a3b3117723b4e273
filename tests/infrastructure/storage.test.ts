import { loadEnvironment } from '../../environments';
import type { Environment } from '../../environments/schema';
import { everyEnvironment, resources, statements, synthesize, type Block, type Synthesized } from './synth';

const ZONES = ['curated', 'logs', 'processed', 'raw', 'scripts', 'source', 'temp'];

/** The resources of the type that are about that bucket. */
function allAbout(stack: Synthesized, type: string, bucket: Block): Block[] {
  return resources(stack, type).filter(({ bucket: name }) => name === `\${${bucket.address}.bucket}`);
}

/** The one resource of the type that is about that bucket. */
function about(stack: Synthesized, type: string, bucket: Block): Block {
  const found = allAbout(stack, type, bucket);
  expect([bucket.address, type, found.length]).toEqual([bucket.address, type, 1]);
  return found[0]!;
}

function encryptionOf(stack: Synthesized, bucket: Block): Block {
  const [rule] = about(stack, 'aws_s3_bucket_server_side_encryption_configuration', bucket).rule;
  return { ...rule.apply_server_side_encryption_by_default, bucketKey: rule.bucket_key_enabled };
}

function policyOf(stack: Synthesized, bucket: Block): Block[] {
  const { policy } = about(stack, 'aws_s3_bucket_policy', bucket);
  return statements(stack).filter(({ document }) => policy === `\${data.aws_iam_policy_document.${document}.json}`);
}

/** What becomes of a bucket's objects: days until they are in a class, or deleted. */
function fate(stack: Synthesized, bucket: Block): Record<string, number> {
  const { rule: rules } = about(stack, 'aws_s3_bucket_lifecycle_configuration', bucket);
  const transitions = rules.flatMap(({ transition = [] }: Block) =>
    transition.map(({ storage_class: name, days }: Block) => [name, days]),
  );
  const expirations = rules.flatMap(({ expiration = [] }: Block) =>
    expiration.filter(({ days }: Block) => days !== undefined).map(({ days }: Block) => ['deleted', days]),
  );
  return Object.fromEntries([...transitions, ...expirations]);
}

describe.each(everyEnvironment)('storage of %s', (name, stack) => {
  const { storage, account, standby } = stack.environment;
  const buckets = resources(stack, 'aws_s3_bucket');
  const each = buckets.map((bucket) => [bucket.bucket.replace(`glue-etl-pipeline-${name}-`, ''), bucket] as const);
  const others = each.filter(([purpose]) => purpose !== 'logs');
  const tables = resources(stack, 'aws_dynamodb_table');

  test('the buckets and tables bear the names of the guide', () => {
    const audit = [...(account.configRecorder ? ['config'] : []), ...(account.trail ? ['trail'] : [])];
    expect(each.map(([purpose]) => purpose).sort()).toEqual([...ZONES, ...audit].sort());
    // Those of jobs are, in a second Region, replicas, which the first one's stack makes.
    const ofJobs = [
      [`glue-etl-pipeline-${name}-job-bookmarks`, 'pk', 'sk'],
      [`glue-etl-pipeline-${name}-job-state`, 'job_name', undefined],
    ];
    expect(tables.map((table) => [table.name, table.hash_key, table.range_key])).toEqual([
      ...(standby ? [] : ofJobs),
      [`glue-etl-pipeline-${name}-monitoring`, 'id', undefined],
    ]);
  });

  test.each(each)('%s keeps versions, for a time, and nothing that was given up', (_, bucket) => {
    expect(about(stack, 'aws_s3_bucket_versioning', bucket).versioning_configuration.status).toBe('Enabled');
    if (!storage.lifecycleRules) return;
    const { rule: rules } = about(stack, 'aws_s3_bucket_lifecycle_configuration', bucket);
    for (const action of ['noncurrent_version_expiration', 'abort_incomplete_multipart_upload']) {
      expect(rules.filter((rule: Block) => rule[action])).toHaveLength(1);
    }
    expect(rules).toContainEqual(expect.objectContaining({ expiration: [{ expired_object_delete_marker: true }] }));
    for (const rule of rules) expect(rule).toMatchObject({ status: 'Enabled', filter: [{ prefix: '' }] });
  });

  test('each bucket has lifecycle rules, or none where the environment has none', () => {
    const found = resources(stack, 'aws_s3_bucket_lifecycle_configuration');
    expect(found).toHaveLength(storage.lifecycleRules ? buckets.length : 0);
  });

  test.each(each)('%s is protected from deletion as the environment says', (_, bucket) => {
    expect(bucket.force_destroy).toBe(storage.forceDestroy);
    expect(bucket.lifecycle).toEqual(storage.deletionProtection ? { prevent_destroy: true } : undefined);
  });

  test.each(each)('%s is closed to the public', (_, bucket) => {
    expect(about(stack, 'aws_s3_bucket_public_access_block', bucket)).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(about(stack, 'aws_s3_bucket_ownership_controls', bucket).rule).toEqual({
      object_ownership: 'BucketOwnerEnforced',
    });
  });

  test.each(each)('%s refuses plain HTTP, other accounts, and other encryption than its own', (purpose, bucket) => {
    const everybody = { effect: 'Deny', principals: [{ type: '*', identifiers: ['*'] }] };
    const objects = `\${${bucket.address}.arn}/*`;
    const upload = { ...everybody, actions: ['s3:PutObject'], resources: [objects] };
    const all = { ...everybody, actions: ['s3:*'], resources: [`\${${bucket.address}.arn}`, objects] };
    const notAService = { test: 'BoolIfExists', variable: 'aws:PrincipalIsAWSService', values: ['false'] };
    const account = '${data.aws_caller_identity.caller.account_id}';
    const asked = 's3:x-amz-server-side-encryption';
    const algorithms = purpose === 'logs' ? ['AES256', 'aws:kms'] : ['aws:kms'];
    const key =
      purpose === 'logs' ? expect.stringContaining('data-key') : encryptionOf(stack, bucket).kms_master_key_id;
    const anotherKey = {
      ...upload,
      condition: [
        { test: 'StringEquals', variable: asked, values: ['aws:kms'] },
        { test: 'StringNotEquals', variable: `${asked}-aws-kms-key-id`, values: [key] },
        notAService,
      ],
    };
    const denied = policyOf(stack, bucket).filter(({ effect }) => effect === 'Deny');
    expect(denied).toMatchObject([
      { ...all, condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }] },
      {
        ...all,
        condition: [{ test: 'StringNotEquals', variable: 'aws:PrincipalAccount', values: [account] }, notAService],
      },
      {
        ...upload,
        condition: [
          { test: 'Null', variable: asked, values: ['false'] },
          { test: 'StringNotEquals', variable: asked, values: algorithms },
          notAService,
        ],
      },
      { ...upload, condition: [{ test: 'Null', variable: `${asked}-customer-algorithm`, values: ['false'] }] },
      ...(storage.requireKey ? [anotherKey] : []),
    ]);
  });

  test.each(each)('%s allows by itself no one but a service that delivers for this account', (_, bucket) => {
    for (const statement of policyOf(stack, bucket).filter(({ effect }) => effect === 'Allow')) {
      expect(statement.principals).toMatchObject([{ type: 'Service' }]);
      expect(['aws:SourceAccount', 'aws:SourceArn']).toContain(statement.condition[0].variable);
    }
  });

  test.each(others)('%s is encrypted with the key of its purpose, and logs who accesses it', (purpose, bucket) => {
    const keys: Record<string, RegExp> = { trail: /security_trail-key/, config: /compliance_config_key/ };
    expect(encryptionOf(stack, bucket)).toEqual({
      sse_algorithm: 'aws:kms',
      kms_master_key_id: expect.stringMatching(keys[purpose] ?? /security_data-key/),
      bucketKey: true,
    });
    expect(about(stack, 'aws_s3_bucket_logging', bucket)).toMatchObject({
      target_bucket: expect.stringMatching(/logs-bucket/),
      target_prefix: `s3-access/${bucket.bucket}/`,
    });
    expect(bucket.tags).toEqual({ Content: 'data' });
  });

  test('access logs are encrypted with the only key that their delivery accepts', () => {
    const [, logs] = each.find(([purpose]) => purpose === 'logs')!;
    expect(encryptionOf(stack, logs)).toEqual({ sse_algorithm: 'AES256', bucketKey: false });
    expect(logs.tags).toEqual({ Content: 'logs' });
  });

  test('data moves to cheaper classes that answer at once, and only what can be made again is deleted', () => {
    const { infrequentAccessAfterDays, archiveAfterDays, tempRetentionDays, logRetentionDays } = storage;
    const cheaper = { STANDARD_IA: infrequentAccessAfterDays };
    const logged = { deleted: logRetentionDays };
    const expected: Record<string, object> = {
      ...{ source: cheaper, processed: cheaper, curated: cheaper, scripts: {}, temp: { deleted: tempRetentionDays } },
      ...{ raw: { ...cheaper, GLACIER_IR: archiveAfterDays }, logs: logged, trail: logged, config: logged },
    };
    if (!storage.lifecycleRules) return;
    for (const [purpose, bucket] of each) expect([purpose, fate(stack, bucket)]).toEqual([purpose, expected[purpose]]);
  });

  test('what was delivered is locked where the environment says, and nothing else is', () => {
    const locked = each.filter(
      ([, bucket]) => allAbout(stack, 'aws_s3_bucket_object_lock_configuration', bucket).length,
    );
    expect(locked.map(([purpose]) => purpose)).toEqual(storage.objectLock ? ['raw'] : []);
    for (const [, bucket] of locked) {
      const { rule } = about(stack, 'aws_s3_bucket_object_lock_configuration', bucket);
      expect(rule).toEqual({ default_retention: storage.objectLock });
      // With it a bucket that exists would be replaced.
      expect(bucket.object_lock_enabled).toBeUndefined();
    }
  });

  test('the landing zone tells EventBridge what arrives', () => {
    expect(resources(stack, 'aws_s3_bucket_notification')).toMatchObject([
      { bucket: expect.stringContaining('source-bucket'), eventbridge: true },
    ]);
  });

  test('an object that jobs are given bears the hash of its contents in its key', () => {
    const objects = resources(stack, 'aws_s3_object');
    expect(objects.length).toBeGreaterThan(0);
    for (const { key } of objects)
      expect(key).toMatch(/-(\w*[0-9a-f]{32}|\$\{.*md5.*\})\.\w+$|\/[0-9a-f]{32}\/.*\.whl$/);
  });

  test('tables can be restored, are encrypted, and are protected as the environment says', () => {
    for (const table of tables) expectGuarded(table);
  });

  function expectGuarded(table: Block): void {
    expect(table.point_in_time_recovery.enabled).toBe(true);
    expect(table.server_side_encryption).toMatchObject({
      enabled: true,
      kms_key_arn: expect.stringMatching(/security_data-key/),
    });
    expect(table.deletion_protection_enabled).toBe(storage.deletionProtection);
    expect(table.lifecycle).toEqual(storage.deletionProtection ? { prevent_destroy: true } : undefined);
    expect(table.billing_mode).toBe('PAY_PER_REQUEST');
  }

  test('items that a run needs no more expire; the state of a job is one item, which the next run replaces', () => {
    const expiring = tables.filter(({ ttl }) => ttl !== undefined);
    for (const { ttl } of expiring) expect(ttl).toEqual({ enabled: true, attribute_name: 'expires_at' });
    const kept = tables.filter(({ ttl }) => ttl === undefined).map(({ name }) => name);
    expect(kept).toEqual(standby ? [] : [`glue-etl-pipeline-${name}-job-state`]);
  });
});

describe('the environment says', () => {
  const storageOf = (storage: Partial<Environment['storage']>) => {
    const prod = loadEnvironment('prod');
    return synthesize({ ...prod, storage: { ...prod.storage, ...storage } }, []);
  };

  test.each([undefined, { mode: 'COMPLIANCE' as const, days: 7 }])(
    'how what was delivered is locked: %j',
    (objectLock) => {
      const locks = resources(storageOf({ objectLock }), 'aws_s3_bucket_object_lock_configuration');
      expect(locks.map(({ rule }) => rule.default_retention)).toEqual(objectLock ? [objectLock] : []);
    },
  );

  test('at which age data moves', () => {
    const stack = storageOf({ infrequentAccessAfterDays: 30, archiveAfterDays: 60 });
    const raw = resources(stack, 'aws_s3_bucket').find(({ bucket }) => bucket.endsWith('-raw'))!;
    expect(fate(stack, raw)).toEqual({ STANDARD_IA: 30, GLACIER_IR: 60 });
  });
});
