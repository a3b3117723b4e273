import { everyEnvironment, resources, statements, type Block, type Synthesized } from './synth';

/** The one resource of the type that is about that bucket. */
function about(stack: Synthesized, type: string, bucket: Block): Block {
  const found = resources(stack, type).filter(({ bucket: name }) => name === `\${${bucket.address}.bucket}`);
  expect([bucket.address, type, found.length]).toEqual([bucket.address, type, 1]);
  return found[0]!;
}

describe.each(everyEnvironment)('storage of %s', (name, stack) => {
  const { storage } = stack.environment;
  const buckets = resources(stack, 'aws_s3_bucket');
  const dataBuckets = buckets.filter(({ bucket }) => bucket !== `glue-etl-pipeline-${name}-logs`);
  const tables = resources(stack, 'aws_dynamodb_table');

  test('the buckets and tables bear the names of the guide', () => {
    expect(buckets.map(({ bucket }) => bucket).sort()).toEqual(
      ['curated', 'logs', 'processed', 'raw', 'scripts', 'source', 'temp'].map(
        (purpose) => `glue-etl-pipeline-${name}-${purpose}`,
      ),
    );
    expect(tables.map((table) => [table.name, table.hash_key, table.range_key])).toEqual([
      [`glue-etl-pipeline-${name}-job-bookmarks`, 'pk', 'sk'],
      [`glue-etl-pipeline-${name}-job-state`, 'job_name', undefined],
    ]);
  });

  test.each(buckets.map((bucket) => [bucket.bucket, bucket]))('%s keeps versions, for a time', (_, bucket) => {
    expect(about(stack, 'aws_s3_bucket_versioning', bucket).versioning_configuration.status).toBe('Enabled');
    const { rule: rules } = about(stack, 'aws_s3_bucket_lifecycle_configuration', bucket);
    expect(rules.filter((rule: Block) => rule.noncurrent_version_expiration)).toHaveLength(1);
    expect(rules.filter((rule: Block) => rule.abort_incomplete_multipart_upload)).toHaveLength(1);
    expect(bucket.force_destroy).toBe(storage.forceDestroy);
  });

  test.each(buckets.map((bucket) => [bucket.bucket, bucket]))('%s is closed to the public', (_, bucket) => {
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

  test.each(buckets.map((bucket) => [bucket.bucket, bucket]))('%s refuses plain HTTP', (_, bucket) => {
    const { policy } = about(stack, 'aws_s3_bucket_policy', bucket);
    const ofBucket = statements(stack).filter(
      ({ document }) => policy === `\${data.aws_iam_policy_document.${document}.json}`,
    );
    expect(ofBucket).toContainEqual(
      expect.objectContaining({
        effect: 'Deny',
        actions: ['s3:*'],
        resources: [`\${${bucket.address}.arn}`, `\${${bucket.address}.arn}/*`],
        principals: [{ type: '*', identifiers: ['*'] }],
        condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
      }),
    );
  });

  test.each(dataBuckets.map((bucket) => [bucket.bucket, bucket]))('%s is encrypted with the data key', (_, bucket) => {
    const [rule] = about(stack, 'aws_s3_bucket_server_side_encryption_configuration', bucket).rule;
    expect(rule.apply_server_side_encryption_by_default.sse_algorithm).toBe('aws:kms');
    expect(rule.apply_server_side_encryption_by_default.kms_master_key_id).toMatch(/data-key/);
    expect(rule.bucket_key_enabled).toBe(true);
  });

  test.each(dataBuckets.map((bucket) => [bucket.bucket, bucket]))('%s logs who accesses it', (_, bucket) => {
    expect(about(stack, 'aws_s3_bucket_logging', bucket).target_bucket).toMatch(/logs-bucket/);
  });

  test('the landing zone tells EventBridge what arrives', () => {
    expect(resources(stack, 'aws_s3_bucket_notification')).toMatchObject([
      { bucket: expect.stringContaining('source-bucket'), eventbridge: true },
    ]);
  });

  test('access logs are encrypted with the only key that their delivery accepts', () => {
    const logs = buckets.find((bucket) => !dataBuckets.includes(bucket))!;
    const [rule] = about(stack, 'aws_s3_bucket_server_side_encryption_configuration', logs).rule;
    expect(rule.apply_server_side_encryption_by_default.sse_algorithm).toBe('AES256');
  });

  test.each(tables.map((table) => [table.name, table]))('%s can be restored and is encrypted', (_, table) => {
    expect(table.point_in_time_recovery.enabled).toBe(true);
    expect(table.server_side_encryption).toMatchObject({
      enabled: true,
      kms_key_arn: expect.stringMatching(/data-key/),
    });
    expect(table.deletion_protection_enabled).toBe(storage.deletionProtection);
    expect(table.billing_mode).toBe('PAY_PER_REQUEST');
  });
});
