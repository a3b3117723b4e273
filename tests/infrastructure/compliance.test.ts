import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import type { Environment } from '../../environments/schema';
import { everyEnvironment, resources, statements, synthesize, type Block, type Synthesized } from './synth';

const root = path.resolve(__dirname, '../..');
const ACCOUNT_ID = '${data.aws_caller_identity.caller.account_id}';

function accountOf(account: Partial<Environment['account']>): Synthesized {
  const dev = loadEnvironment('dev');
  return synthesize({ ...dev, account: { ...dev.account, ...account } }, []);
}

/** What a service of AWS is allowed by the policies of buckets and keys. */
function grants(stack: Synthesized, service: string): Block[] {
  return statements(stack).filter(({ principals }) => principals?.[0].identifiers[0] === `${service}.amazonaws.com`);
}

describe.each(everyEnvironment)('compliance of %s', (_, stack) => {
  const { account } = stack.environment;

  test.each([
    ['aws_cloudtrail', account.trail],
    ['aws_config_configuration_recorder', account.configRecorder],
    ['aws_config_configuration_recorder_status', account.configRecorder],
    ['aws_config_delivery_channel', account.configRecorder],
    ['aws_glue_data_catalog_encryption_settings', account.catalogEncryption],
  ])('has what an account has once only where it says so: %s', (type, isOn) => {
    expect(resources(stack, type)).toHaveLength(isOn ? 1 : 0);
  });

  test('has rules where it says so', () => {
    expect(resources(stack, 'aws_config_config_rule').length > 0).toBe(account.configRules);
  });
});

test('no two environments of AWS have by default what an account has once in a Region', () => {
  const real = everyEnvironment.filter(([, { environment }]) => !environment.provider.emulated && !environment.standby);
  for (const singleton of ['trail', 'configRecorder', 'catalogEncryption'] as const) {
    const having = real.filter(([, { environment }]) => environment.account[singleton]);
    expect([singleton, having.map(([name]) => name)]).toEqual([singleton, ['prod']]);
  }
});

describe('CloudTrail', () => {
  const stack = accountOf({ trail: true });
  const [trail] = resources(stack, 'aws_cloudtrail');
  const arn = `arn:\${data.aws_partition.partition.partition}:cloudtrail:\${var.aws_region}:${ACCOUNT_ID}:trail/glue-etl-pipeline-dev-trail`;

  test('records all calls of all Regions, in files that are signed and encrypted with a key of their own', () => {
    expect(trail).toMatchObject({
      name: 'glue-etl-pipeline-dev-trail',
      s3_bucket_name: expect.stringContaining('compliance_trail_bucket'),
      kms_key_id: expect.stringContaining('trail-key'),
      is_multi_region_trail: true,
      enable_log_file_validation: true,
    });
    expect(trail!.advanced_event_selector[0].field_selector).toEqual([
      { field: 'eventCategory', equals: ['Management'] },
    ]);
  });

  test('records each access to the data and to the code, and none to where it writes itself', () => {
    const [, data] = trail!.advanced_event_selector;
    expect(data.field_selector.slice(0, 2)).toEqual([
      { field: 'eventCategory', equals: ['Data'] },
      { field: 'resources.type', equals: ['AWS::S3::Object'] },
    ]);
    const recorded = data.field_selector[2].starts_with.map(
      (prefix: string) => /storage_(\w+)-bucket/.exec(prefix)?.[1],
    );
    expect(recorded.sort()).toEqual(['curated', 'processed', 'raw', 'scripts', 'source']);
  });

  test('may write to its bucket and use its key for this trail alone', () => {
    const granted = grants(stack, 'cloudtrail');
    expect(granted.map(({ actions }) => actions).sort()).toEqual([
      ['kms:Decrypt', 'kms:DescribeKey'],
      ['kms:GenerateDataKey'],
      ['s3:GetBucketAcl'],
      ['s3:PutObject'],
    ]);
    for (const { condition } of granted) {
      expect(condition).toContainEqual({
        test: expect.stringMatching(/Equals$/),
        variable: 'aws:SourceArn',
        values: [arn],
      });
    }
  });
});

describe('AWS Config', () => {
  const stack = accountOf({ configRecorder: true, configRules: true });
  const rules = resources(stack, 'aws_config_config_rule');
  const [recorder] = resources(stack, 'aws_config_configuration_recorder');

  test('delivers to a bucket of its own, encrypted with a key of its own', () => {
    expect(resources(stack, 'aws_config_delivery_channel')).toMatchObject([
      {
        s3_bucket_name: expect.stringContaining('compliance_config_bucket'),
        s3_kms_key_arn: expect.stringContaining('compliance_config_key'),
      },
    ]);
    const granted = grants(stack, 'config');
    expect(granted.flatMap(({ actions }) => actions).sort()).toEqual([
      ...['kms:Decrypt', 'kms:GenerateDataKey', 's3:GetBucketAcl', 's3:ListBucket', 's3:PutObject'],
    ]);
    for (const { condition } of granted) {
      expect(condition).toContainEqual({ test: 'StringEquals', variable: 'aws:SourceAccount', values: [ACCOUNT_ID] });
    }
  });

  test('has a rule for each promise of encryption, TLS, closure, rotation and recovery', () => {
    expect(rules.map(({ source }) => source.source_identifier)).toEqual(
      expect.arrayContaining([
        'S3_DEFAULT_ENCRYPTION_KMS',
        'S3_BUCKET_SSL_REQUESTS_ONLY',
        'S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED',
        'S3_BUCKET_VERSIONING_ENABLED',
        'DYNAMODB_TABLE_ENCRYPTED_KMS',
        'DYNAMODB_PITR_ENABLED',
        'SNS_ENCRYPTED_KMS',
        'CMK_BACKING_KEY_ROTATION_ENABLED',
        'CLOUD_TRAIL_ENABLED',
        'CLOUD_TRAIL_ENCRYPTION_ENABLED',
      ]),
    );
    for (const { source } of rules) expect(source.owner).toBe('AWS');
  });

  test('looks at what is of this project, and of buckets for KMS at those that can have it', () => {
    const scopes = new Set(rules.filter(({ scope }) => scope).map(({ scope }) => JSON.stringify(scope)));
    expect([...scopes].sort()).toEqual([
      JSON.stringify({ tag_key: 'Content', tag_value: 'data' }),
      JSON.stringify({ tag_key: 'Project', tag_value: 'glue-etl-pipeline' }),
    ]);
  });

  test('records types of resources one by one, and not the network interfaces of every run', () => {
    expect(recorder!.recording_group).toMatchObject({ all_supported: false });
    expect(recorder!.recording_group.resource_types).toContain('AWS::S3::Bucket');
    expect(recorder!.recording_group.resource_types).not.toContain('AWS::EC2::NetworkInterface');
  });

  test('has its rules without a recorder of its own, where the account has one', () => {
    const shared = accountOf({ configRecorder: false, configRules: true });
    expect(resources(shared, 'aws_config_config_rule')).toHaveLength(rules.length);
    expect(resources(shared, 'aws_s3_bucket').map(({ bucket }) => bucket)).not.toContain(
      'glue-etl-pipeline-dev-config',
    );
  });
});

describe('before it plans, deploy.sh', () => {
  /** What its check says in an account where each command of the AWS CLI answers so; a command that is left out is denied. */
  const check = (answers: Record<string, string>) => {
    const cases = Object.entries(answers).map(([command, answer]) => `"${command} "*) printf '${answer}\\n' ;;`);
    const script = `
      source <(sed '/^main "/d' scripts/deploy.sh)
      aws() { case "$* " in ${cases.join(' ')} *) return 254 ;; esac; }
      environment=dev stack=glue-etl-pipeline-dev singletons='trail catalogEncryption configRecorder configRules'
      check_singletons 2>&1`;
    try {
      return { status: 0, said: execFileSync('bash', ['-c', script], { cwd: root, encoding: 'utf8' }) };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { status, said: stdout };
    }
  };
  const RECORDERS = 'configservice describe-configuration-recorders';
  const TRAILS = 'cloudtrail describe-trails';
  const CATALOG = 'glue get-data-catalog-encryption-settings';
  const ALIASES = 'kms list-aliases';

  test('says nothing where the account has none of it, or this environment has it', () => {
    expect(check({ [RECORDERS]: '', [TRAILS]: '', [CATALOG]: 'None' })).toEqual({ status: 0, said: '' });
    const own = { [CATALOG]: 'arn:key', [ALIASES]: 'alias/glue-etl-pipeline-dev-catalog' };
    expect(check(own)).toEqual({ status: 0, said: '' });
  });

  test('goes on where it may not ask', () => expect(check({})).toEqual({ status: 0, said: '' }));

  test.each([
    [{ [RECORDERS]: 'glue-etl-pipeline-prod-config' }, 'account.configRecorder'],
    [{ [CATALOG]: 'arn:key', [ALIASES]: 'alias/glue-etl-pipeline-prod-catalog' }, 'account.catalogEncryption'],
    [{ [CATALOG]: 'alias/aws/glue' }, 'account.catalogEncryption'],
  ])('stops at what another has, and names it and the key to switch off: %j', (answers, key) => {
    const { status, said } = check(answers);
    expect(status).toBe(1);
    expect(said).toContain(`'${Object.values(answers).at(-1)}' already`);
    expect(said.replace(/\s+/g, ' ')).toContain(`Set ${key} to false in environments/dev.ts`);
  });

  test('says what a second trail costs, and goes on', () => {
    const { status, said } = check({ [TRAILS]: 'glue-etl-pipeline-prod-trail' });
    expect(status).toBe(0);
    expect(said).toContain("the trail 'glue-etl-pipeline-prod-trail' already");
    expect(said).toContain('set account.trail to false in environments/dev.ts');
  });
});
