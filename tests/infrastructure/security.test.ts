import { everyEnvironment, resources, statements, type Block } from './synth';

/** AWS's own form of the statement without which a key can become unmanageable. */
function isAccountOfKey({ document, actions, principals }: Block): boolean {
  return /key_policy/.test(document) && actions.join() === 'kms:*' && /:root$/.test(principals?.[0].identifiers[0]);
}

describe.each(everyEnvironment)('security of %s', (name, stack) => {
  const keys = resources(stack, 'aws_kms_key');
  const allowed = statements(stack).filter(({ effect }) => effect === 'Allow');

  test('every key rotates, cannot be deleted at once, and has an alias', () => {
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
    }
    expect(resources(stack, 'aws_kms_alias').map((alias) => alias.name)).toEqual(
      ['data', 'logs', 'messages'].map((purpose) => `alias/glue-etl-pipeline-${name}-${purpose}`),
    );
  });

  test('no policy allows a wildcard of actions', () => {
    const wildcards = allowed.filter(({ actions }) => actions.some((action: string) => action.includes('*')));
    expect(wildcards.filter((statement) => !isAccountOfKey(statement))).toEqual([]);
    expect(wildcards).toHaveLength(keys.length);
  });

  test('no policy allows everybody', () => {
    const identifiers = allowed.flatMap(({ principals = [] }) => principals.flatMap((of: Block) => of.identifiers));
    expect(identifiers).not.toContain('*');
  });

  test('no policy is written past the policy documents', () => {
    const written = [
      'aws_iam_role_policy',
      'aws_iam_policy',
      'aws_s3_bucket_policy',
      'aws_kms_key',
      'aws_sns_topic_policy',
      'aws_sqs_queue_policy',
    ]
      .flatMap((type) => resources(stack, type))
      .filter(({ policy }) => !/^\$\{data\.aws_iam_policy_document\./.test(policy));
    expect(written.map(({ address }) => address)).toEqual([]);
    expect(resources(stack, 'aws_iam_role_policy_attachment')).toEqual([]);
  });

  test('only AWS services assume roles', () => {
    const services = allowed
      .filter(({ actions }) => actions.includes('sts:AssumeRole'))
      .flatMap(({ principals }) => principals);
    expect(services.length).toBeGreaterThan(0);
    for (const principal of services) expect(principal.type).toBe('Service');
  });

  test('each stage, the crawler and the monitoring function have a role of their own', () => {
    const roles = resources(stack, 'aws_iam_role').map((role) => role.name);
    expect(new Set(roles).size).toBe(roles.length);
    for (const purpose of ['ingest', 'process', 'validate', 'curate', 'crawler', 'monitoring']) {
      expect(roles).toContain(`glue-etl-pipeline-${name}-${purpose}`);
    }
  });

  test('CloudWatch Logs uses its key for groups of this account alone', () => {
    const [writer] = allowed.filter(({ principals }) => /^logs\./.test(principals?.[0].identifiers[0]));
    expect(writer!.condition[0]).toMatchObject({ test: 'ArnLike', variable: 'kms:EncryptionContext:aws:logs:arn' });
    for (const arn of writer!.condition[0].values)
      expect(arn).toMatch(/\$\{data\.aws_caller_identity\..*\.account_id\}/);
  });

  test('alarms and events can send to the encrypted topic and queues', () => {
    const senders = allowed.filter(({ document }) => /messages-key/.test(document)).slice(1);
    expect(senders.map(({ principals }) => principals[0].identifiers)).toEqual([
      ['cloudwatch.amazonaws.com'],
      ['events.amazonaws.com'],
    ]);
  });

  test('Glue encrypts what it writes itself', () => {
    const [configuration] = resources(stack, 'aws_glue_security_configuration');
    expect(configuration!.encryption_configuration).toMatchObject({
      s3_encryption: { s3_encryption_mode: 'SSE-KMS' },
      cloudwatch_encryption: { cloudwatch_encryption_mode: 'SSE-KMS' },
      job_bookmarks_encryption: { job_bookmarks_encryption_mode: 'CSE-KMS' },
    });
  });
});
