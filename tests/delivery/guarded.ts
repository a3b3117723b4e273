import type { Configuration } from './terraform';

const json = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const READ = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/*' };
const TRUST = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'glue.amazonaws.com' } };
const TLS_ONLY = {
  Effect: 'Deny',
  Action: 's3:*',
  Principal: '*',
  Resource: 'arn:aws:s3:::lake/*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const SEND = {
  Effect: 'Allow',
  Action: 'sqs:SendMessage',
  Resource: '*',
  Principal: { Service: 'events.amazonaws.com' },
};

const kms = (key: string) => encrypted({ sse_algorithm: 'aws:kms', kms_master_key_id: `\${aws_kms_key.${key}.arn}` });
const encrypted = (defaults: object) => ({ rule: [{ apply_server_side_encryption_by_default: defaults }] });
const CLOSED = {
  ...{ block_public_acls: true, block_public_policy: true, ignore_public_acls: true, restrict_public_buckets: true },
};
const bucket = (name: string) => ({ bucket: `\${aws_s3_bucket.${name}.bucket}` });

const toInternet = (table: string, gateway = table) => ({
  route_table_id: `\${aws_route_table.${table}.id}`,
  destination_cidr_block: '0.0.0.0/0',
  gateway_id: `\${aws_internet_gateway.${gateway}.id}`,
});
const OWNER = { Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: 'arn:aws:iam::000000000000:root' } };
const ANY_USER = { ...OWNER, Principal: { AWS: 'arn:aws:iam::000000000000:user/any' } };

/** A little of everything that the guard looks at. */
export function base(): Configuration {
  return {
    resource: {
      aws_s3_bucket: {
        lake: { bucket: 'lake' },
        plain: { bucket: 'plain' },
        rekeyed: { bucket: 'rekeyed' },
        old: { bucket: 'old' },
      },
      aws_s3_bucket_server_side_encryption_configuration: {
        lake: { ...bucket('lake'), ...kms('data') },
        plain: { ...bucket('plain'), ...kms('data') },
        rekeyed: { ...bucket('rekeyed'), ...kms('data') },
      },
      aws_s3_bucket_policy: { lake: { ...bucket('lake'), policy: json(TLS_ONLY) } },
      aws_s3_bucket_public_access_block: { lake: { ...bucket('lake'), ...CLOSED } },
      aws_dynamodb_table: {
        ledger: {
          name: 'ledger',
          billing_mode: 'PAY_PER_REQUEST',
          hash_key: 'job',
          attribute: [{ name: 'job', type: 'S' }],
        },
      },
      aws_kms_key: {
        data: { description: 'data', policy: json(OWNER, ANY_USER) },
        other: { description: 'other' },
        old: { description: 'old' },
      },
      aws_cloudwatch_log_group: { journal: { name: 'journal', retention_in_days: 7 } },
      aws_glue_job: {
        process: {
          name: 'process',
          role_arn: '${aws_iam_role.job.arn}',
          command: { script_location: 's3://lake/process.py' },
        },
      },
      aws_iam_role: { job: { name: 'job', assume_role_policy: json(TRUST) } },
      aws_iam_role_policy: {
        job: { name: 'job', role: '${aws_iam_role.job.name}', policy: json(READ) },
        late: { name: 'late', role: '${aws_iam_role.job.name}', policy: json(READ) },
      },
      aws_sqs_queue: { events: { name: 'events' } },
      aws_sqs_queue_policy: { events: { queue_url: '${aws_sqs_queue.events.url}', policy: json(SEND) } },
      aws_vpc: { vpc: { cidr_block: '10.0.0.0/16' } },
      aws_subnet: { private: { vpc_id: '${aws_vpc.vpc.id}', cidr_block: '10.0.1.0/24' } },
      aws_security_group: { jobs: { name: 'jobs', description: 'jobs', vpc_id: '${aws_vpc.vpc.id}' } },
      aws_route_table: { table: { vpc_id: '${aws_vpc.vpc.id}' }, kept: { vpc_id: '${aws_vpc.vpc.id}' } },
      aws_internet_gateway: { kept: { vpc_id: '${aws_vpc.vpc.id}' } },
      aws_route: { kept: toInternet('kept') },
    },
  };
}

/** Changes that are a day's work: nothing is lost, opened or widened by them. */
export function harmless(): Configuration {
  const configuration = base();
  const { resource } = configuration;
  resource.aws_s3_bucket.more = { bucket: 'more' };
  resource.aws_cloudwatch_log_group.journal.retention_in_days = 30;
  resource.aws_glue_job.process.default_arguments = { '--more': 'yes' };
  resource.aws_iam_role_policy.job.policy = json(READ, { ...READ, Resource: 'arn:aws:s3:::more/*' });
  resource.aws_s3_bucket_policy.lake.policy = json(TLS_ONLY, {
    ...READ,
    Principal: { AWS: '${aws_iam_role.job.arn}' },
  });
  resource.aws_vpc_security_group_ingress_rule = {
    inside: { security_group_id: '${aws_security_group.jobs.id}', ip_protocol: '-1', cidr_ipv4: '10.0.0.0/16' },
  };
  // A new role may have to name all resources, where AWS has no other form.
  resource.aws_iam_role_policy.metrics = {
    name: 'metrics',
    role: '${aws_iam_role.job.name}',
    policy: json({ Effect: 'Allow', Action: 'cloudwatch:PutMetricData', Resource: '*' }),
  };
  return configuration;
}

/** Breaks every rule, each at addresses of its own. */
export function broken(): Configuration {
  const configuration = base();
  const { resource } = configuration;
  // data-loss
  delete resource.aws_s3_bucket.old;
  delete resource.aws_kms_key.old;
  resource.aws_dynamodb_table.ledger.hash_key = 'other';
  resource.aws_dynamodb_table.ledger.attribute = [{ name: 'other', type: 'S' }];
  resource.aws_cloudwatch_log_group.journal.name = 'renamed';
  // job-replacement
  resource.aws_glue_job.process.name = 'renamed';
  // network-path
  resource.aws_vpc_security_group_ingress_rule = Object.fromEntries(
    Object.entries({ four: { cidr_ipv4: '0.0.0.0/0' }, six: { cidr_ipv6: '::/0' } }).map(([name, from]) => [
      name,
      { security_group_id: '${aws_security_group.jobs.id}', ip_protocol: 'tcp', from_port: 22, to_port: 22, ...from },
    ]),
  );
  resource.aws_security_group_rule = {
    out: {
      ...{
        type: 'egress',
        security_group_id: '${aws_security_group.jobs.id}',
        protocol: '-1',
        from_port: 0,
        to_port: 0,
      },
      cidr_blocks: ['0.0.0.0/0'],
    },
  };
  resource.aws_internet_gateway.internet = { vpc_id: '${aws_vpc.vpc.id}' };
  resource.aws_route.internet = toInternet('table', 'internet');
  resource.aws_subnet.private.map_public_ip_on_launch = true;
  resource.aws_s3_bucket_public_access_block.lake.block_public_policy = false;
  // policy-wildcard: of a role, of a resource, and in a policy that is known only once the topic is made
  resource.aws_iam_role_policy.job.policy = json({ ...READ, Action: ['s3:GetObject', 's3:Put*'], Resource: '*' });
  resource.aws_sqs_queue_policy.events.policy = json({ ...SEND, Principal: '*' });
  resource.aws_sns_topic = { new: { name: 'new' } };
  resource.aws_iam_role_policy.late.policy = '${data.aws_iam_policy_document.late.json}';
  configuration.data = {
    aws_iam_policy_document: {
      late: { statement: [{ actions: ['sns:*'], resources: ['${aws_sns_topic.new.arn}'] }] },
    },
  };
  // encryption
  delete resource.aws_s3_bucket_server_side_encryption_configuration.lake;
  Object.assign(
    resource.aws_s3_bucket_server_side_encryption_configuration.plain,
    encrypted({ sse_algorithm: 'AES256' }),
  );
  Object.assign(resource.aws_s3_bucket_server_side_encryption_configuration.rekeyed, kms('other'));
  delete resource.aws_s3_bucket_policy;
  return configuration;
}
