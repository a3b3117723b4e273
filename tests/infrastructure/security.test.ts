import { loadEnvironment } from '../../environments';
import { everyEnvironment, resources, statements, synthesize, type Block, type Synthesized } from './synth';

/** AWS's own form of the statement without which a key can become unmanageable. */
function isAccountOfKey({ document, actions, principals }: Block): boolean {
  return /key_policy/.test(document) && actions.join() === 'kms:*' && /:root$/.test(principals?.[0].identifiers[0]);
}

/** What an endpoint lets pass: a grant of nothing. */
function isOfEndpoint({ document }: Block): boolean {
  return document.startsWith('networking_endpoints_');
}

/** Statements of the policies that are attached to roles. */
function grants(stack: Synthesized): Block[] {
  const attached = resources(stack, 'aws_iam_role_policy').map(({ policy }) => policy);
  return statements(stack).filter(({ document }) =>
    attached.includes(`\${data.aws_iam_policy_document.${document}.json}`),
  );
}

const EVERY_RESOURCE = [
  // Metrics are no resources; a condition names the namespace of those that are written.
  'cloudwatch:PutMetricData',
  'cloudwatch:GetMetricData',
  // Nor are traces.
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  // These know no resources.
  ...['DescribeSubnets', 'DescribeSecurityGroups', 'DescribeVpcEndpoints', 'DescribeRouteTables'].map(ec2),
  ec2('DescribeNetworkInterfaces'),
];

function ec2(action: string): string {
  return `ec2:${action}`;
}

describe.each(everyEnvironment)('security of %s', (name, stack) => {
  const { account } = stack.environment;
  const keys = resources(stack, 'aws_kms_key');
  const allowed = statements(stack).filter(({ effect }) => effect === 'Allow');

  const aliases = resources(stack, 'aws_kms_alias');

  test('every key rotates, cannot be deleted at once, and has an alias that says its purpose', () => {
    for (const key of keys) expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
    const purposes = [
      ...['data', 'logs', 'messages'],
      ...(account.trail ? ['trail'] : []),
      ...(account.configRecorder ? ['config'] : []),
      ...(account.catalogEncryption ? ['catalog'] : []),
    ];
    expect(aliases.map((alias) => alias.name).sort()).toEqual(
      purposes.map((purpose) => `alias/glue-etl-pipeline-${name}-${purpose}`).sort(),
    );
    expect(aliases.map(({ target_key_id }) => target_key_id).sort()).toEqual(
      keys.map(({ address }) => `\${${address}.key_id}`).sort(),
    );
  });

  test('beside the account, each key lets in the services that write with it, on a condition where they meet one', () => {
    const services = keys.flatMap(({ address, policy }) => {
      const alias = aliases.find(({ target_key_id }) => target_key_id === `\${${address}.key_id}`)!;
      return allowed
        .filter(({ document }) => policy === `\${data.aws_iam_policy_document.${document}.json}`)
        .filter((statement) => !isAccountOfKey(statement))
        .map(({ principals, condition }) => [
          alias.name.split('-').at(-1),
          principals.flatMap((of: Block) => of.identifiers).join(),
          condition?.[0].variable,
        ]);
    });
    const trail = ['trail', 'cloudtrail.amazonaws.com', 'aws:SourceArn'];
    const expected = [
      ...(account.configRecorder ? [['config', 'config.amazonaws.com', 'aws:SourceAccount']] : []),
      ['logs', 'logs.${var.aws_region}.amazonaws.com', 'kms:EncryptionContext:aws:logs:arn'],
      ['messages', 'cloudwatch.amazonaws.com', 'aws:SourceAccount'],
      // EventBridge tells a topic's key no account and no rule.
      ['messages', 'events.amazonaws.com', undefined],
      ...(account.trail ? [trail, trail] : []),
    ];
    expect(services.sort()).toEqual(expected);
  });

  test('CloudWatch Logs uses its key for groups of this environment alone', () => {
    const [writer] = allowed.filter(({ principals }) => /^logs\./.test(principals?.[0].identifiers[0]));
    for (const arn of writer!.condition[0].values) {
      expect(arn).toMatch(/:\$\{data\.aws_caller_identity\..*\.account_id\}:log-group:/);
      expect(arn).toContain(stack.naming.prefix);
    }
  });

  test('no policy allows a wildcard of actions', () => {
    const wildcards = allowed.filter(({ actions }) => actions.some((action: string) => action.includes('*')));
    const accounts = wildcards.filter(isAccountOfKey);
    expect(wildcards.filter((statement) => !isOfEndpoint(statement))).toEqual(accounts);
    expect(accounts).toHaveLength(keys.length);
  });

  test('no role may do something to every resource but where AWS has no other form', () => {
    const everywhere = grants(stack).filter(({ resources: named }) => named.includes('*'));
    expect(everywhere.flatMap(({ actions }) => actions).filter((action) => !EVERY_RESOURCE.includes(action))).toEqual(
      [],
    );
    for (const { actions, condition } of everywhere) {
      if (actions.includes('cloudwatch:PutMetricData')) expect(condition[0].variable).toBe('cloudwatch:namespace');
    }
  });

  test('no policy allows everybody', () => {
    const others = allowed.filter((statement) => !isOfEndpoint(statement));
    const identifiers = others.flatMap(({ principals = [] }) => principals.flatMap((of: Block) => of.identifiers));
    expect(identifiers).not.toContain('*');
  });

  test('no policy is written past the policy documents', () => {
    const written = [
      ...['aws_iam_role_policy', 'aws_iam_policy', 'aws_s3_bucket_policy', 'aws_kms_key', 'aws_sns_topic_policy'],
      ...['aws_sqs_queue_policy', 'aws_vpc_endpoint'],
    ]
      .flatMap((type) => resources(stack, type))
      .filter(({ policy }) => !/^\$\{data\.aws_iam_policy_document\./.test(policy));
    expect(written.map(({ address }) => address)).toEqual([]);
    expect(resources(stack, 'aws_iam_role_policy_attachment')).toEqual([]);
  });

  test('every role is assumed by one AWS service, and not for another account', () => {
    const own = {
      test: 'StringEqualsIfExists',
      variable: 'aws:SourceAccount',
      values: [expect.stringMatching(/caller.*account_id/)],
    };
    for (const { address, assume_role_policy } of resources(stack, 'aws_iam_role')) {
      const trust = allowed.filter(
        ({ document }) => assume_role_policy === `\${data.aws_iam_policy_document.${document}.json}`,
      );
      expect([address, trust]).toEqual([
        address,
        [
          expect.objectContaining({
            actions: ['sts:AssumeRole'],
            principals: [{ type: 'Service', identifiers: [expect.stringMatching(/^[\w-]+(\.s3)?\.amazonaws\.com$/)] }],
            condition: [own],
          }),
        ],
      ]);
    }
  });

  test('each stage, the crawler and the monitoring function have a role of their own', () => {
    const roles = resources(stack, 'aws_iam_role').map((role) => role.name);
    expect(new Set(roles).size).toBe(roles.length);
    for (const purpose of ['ingest', 'process', 'validate', 'curate', 'crawler', 'monitoring']) {
      expect(roles).toContain(`glue-etl-pipeline-${name}-${purpose}`);
    }
  });

  test('Glue encrypts what it writes itself', () => {
    const [configuration] = resources(stack, 'aws_glue_security_configuration');
    expect(configuration).toMatchObject({
      name: stack.naming.securityConfiguration,
      encryption_configuration: {
        s3_encryption: { s3_encryption_mode: 'SSE-KMS', kms_key_arn: expect.stringContaining('data-key') },
        cloudwatch_encryption: {
          cloudwatch_encryption_mode: 'SSE-KMS',
          kms_key_arn: expect.stringContaining('logs-key'),
        },
        job_bookmarks_encryption: {
          job_bookmarks_encryption_mode: 'CSE-KMS',
          kms_key_arn: expect.stringContaining('data-key'),
        },
      },
    });
  });

  test('the catalog is encrypted where the environment says so, by a role that alone needs the key', () => {
    const settings = resources(stack, 'aws_glue_data_catalog_encryption_settings');
    expect(settings.map(({ data_catalog_encryption_settings }) => data_catalog_encryption_settings)).toMatchObject(
      account.catalogEncryption
        ? [
            {
              encryption_at_rest: {
                catalog_encryption_mode: 'SSE-KMS-WITH-SERVICE-ROLE',
                sse_aws_kms_key_id: expect.stringContaining('security_catalog_key'),
              },
              connection_password_encryption: { return_connection_password_encrypted: true },
            },
          ]
        : [],
    );
    const users = grants(stack).filter(({ resources: named }) =>
      named.some((arn: string) => arn.includes('security_catalog_key')),
    );
    expect(users).toHaveLength(settings.length);
  });
});

describe('what the account has once', () => {
  const prod = loadEnvironment('prod');

  test('is left alone where another environment has it', () => {
    const stack = synthesize({ ...prod, account: { ...prod.account, trail: false, catalogEncryption: false } });
    expect(resources(stack, 'aws_glue_data_catalog_encryption_settings')).toEqual([]);
    expect(resources(stack, 'aws_kms_alias').map((alias) => alias.name)).not.toContainEqual(
      expect.stringMatching(/-(trail|catalog)$/),
    );
  });
});

describe('the permissions boundary', () => {
  const prod = loadEnvironment('prod');

  test('bounds every role', () => {
    const roles = resources(synthesize({ ...prod, permissionsBoundary: 'bounded' }), 'aws_iam_role');
    expect(roles.length).toBeGreaterThan(0);
    for (const { address, permissions_boundary } of roles) {
      expect([address, permissions_boundary]).toEqual([address, expect.stringMatching(/^arn:.*:policy\/bounded$/)]);
    }
  });

  test('is set on no role where the environment names none', () => {
    for (const role of resources(synthesize(prod), 'aws_iam_role')) expect(role.permissions_boundary).toBeUndefined();
  });
});
