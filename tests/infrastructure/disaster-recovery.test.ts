import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import { paths } from '../../local/paths';
import { everyKindOfSource, load, minimal } from '../unit/contract-files';
import { everyEnvironment, resources, synthesize, type Block } from './synth';
import { HOSTED_ZONE, twoRegions } from './two-regions';

const { first, second } = twoRegions();
const FIRST = 'glue-etl-pipeline-prod';
const SECOND = 'glue-etl-pipeline-prod-dr';

const everyResource = (stack: typeof first): [string, Block][] =>
  Object.keys(stack.resource).flatMap((type) =>
    resources(stack, type).map((block): [string, Block] => [block.address, block]),
  );

describe('the stack of the second Region', () => {
  test('asks nothing of another Region: it has one provider, and looks up only what is its own', () => {
    expect(second.provider.aws).toHaveLength(1);
    expect(Object.keys(second.data).sort()).toEqual([
      'aws_availability_zones',
      'aws_caller_identity',
      'aws_iam_policy_document',
      'aws_partition',
      'aws_route53_zone',
    ]);
    expect(second.terraform.backend.s3.region).toBe('us-west-2');
  });

  test('names of the first Region only tables, buckets in alarms, and what consumers are told', () => {
    const mayName = /^aws_(cloudwatch_metric_alarm\.(disaster-recovery|\w*consumers)|route53_record\.)/;
    for (const [address, block] of everyResource(second)) {
      if (mayName.test(address)) continue;
      const text = JSON.stringify(block);
      expect([address, text.match(/us-east-1/g)]).toEqual([address, null]);
      expect([address, text.match(/glue-etl-pipeline-prod(?!-dr|-job-(state|bookmarks))/g)]).toEqual([address, null]);
    }
  });

  test('is deployed to that Region and nowhere else, as the first one is to its own', () => {
    for (const [stack, region] of [
      [first, 'us-east-1'],
      [second, 'us-west-2'],
    ] as const) {
      const variable = (stack as unknown as { variable: Block }).variable.aws_region;
      expect(variable).toMatchObject({
        default: region,
        validation: [
          { condition: `\${var.aws_region == "${region}"}`, error_message: expect.stringContaining(region) },
        ],
      });
    }
  });

  test('has all that the first one has but what ties them, with names of its own', () => {
    const ties = /^(disaster-recovery|second-region)_/;
    const replicas = /^(storage_job-(state|bookmarks)|security_secrets_secret)/;
    const idsOf = (stack: typeof first, type: string) =>
      Object.keys(stack.resource[type] ?? {}).filter((id) => !ties.test(id) && !replicas.test(id));
    for (const type of Object.keys(first.resource)) {
      expect([type, idsOf(second, type)]).toEqual([type, idsOf(first, type)]);
    }
    for (const type of ['aws_s3_bucket', 'aws_iam_role', 'aws_glue_job', 'aws_glue_workflow', 'aws_sns_topic']) {
      for (const { bucket, name = bucket } of resources(second, type)) expect(name).toMatch(new RegExp(`^${SECOND}-`));
    }
  });

  test('has a network of another block', () => {
    const block = (stack: typeof first) => resources(stack, 'aws_vpc')[0]!.cidr_block;
    expect([block(first), block(second)]).toEqual(['10.10.0.0/16', '10.11.0.0/16']);
  });

  test("records what happens there by itself, as the loss of the first Region would end that one's record", () => {
    const isMultiRegion = (stack: typeof first) => resources(stack, 'aws_cloudtrail')[0]!.is_multi_region_trail;
    expect([isMultiRegion(first), isMultiRegion(second)]).toEqual([true, false]);
  });

  test('gives its jobs the replicas of the tables, and the rights to them there', () => {
    const [job] = resources(second, 'aws_glue_job');
    expect(job!.default_arguments).toMatchObject({
      '--job_state_table': `${FIRST}-job-state`,
      '--job_bookmarks_table': `${FIRST}-job-bookmarks`,
      '--curated_database': 'glue_etl_pipeline_prod_dr_curated',
    });
    const tables =
      /:dynamodb:\$\{var\.aws_region\}:\$\{data\.aws_caller_identity\.caller\.account_id\}:table\/glue-etl-pipeline-prod-job-/;
    const ingest = Object.entries(second.data.aws_iam_policy_document!).find(([id]) =>
      id.startsWith('glue_ingest-permissions'),
    )!;
    expect(JSON.stringify(ingest)).toMatch(tables);
  });
});

describe('what starts by itself', () => {
  const startsOf = (stack: typeof first) =>
    resources(stack, 'aws_glue_trigger').filter(({ type }) => type === 'SCHEDULED');
  const schedulesOf = (stack: typeof first) =>
    resources(stack, 'aws_cloudwatch_event_rule').filter(({ schedule_expression }) => schedule_expression);

  test.each([
    ['on in the first Region', first, true],
    ['off in the second', second, false],
  ] as const)('is %s, and no deployment switches it', (_, stack, isOn) => {
    expect(startsOf(stack).map(({ name }) => name)).toEqual([expect.stringMatching(/-ingest-orders$/)]);
    for (const trigger of startsOf(stack)) {
      expect(trigger).toMatchObject({
        enabled: isOn,
        start_on_creation: isOn,
        lifecycle: { ignore_changes: ['enabled'] },
      });
    }
    expect(schedulesOf(stack).map(({ name }) => name.replace(/^glue-etl-pipeline-prod(-dr)?-/, ''))).toEqual([
      'schedule-revenue',
      'daily-summary',
      'watch',
    ]);
    for (const rule of schedulesOf(stack)) {
      expect(rule).toMatchObject({ state: isOn ? 'ENABLED' : 'DISABLED', lifecycle: { ignore_changes: ['state'] } });
    }
  });

  test.each([
    ['tells of itself in the first Region', first, true],
    ['does not in the second, where it keeps the alarms about data still', second, false],
  ] as const)('a monitoring that stands still %s', (_, stack, tells) => {
    const [silent] = resources(stack, 'aws_cloudwatch_metric_alarm').filter(({ alarm_name }) =>
      alarm_name.endsWith('-monitoring-silent'),
    );
    expect(silent).toMatchObject({ actions_enabled: tells, lifecycle: { ignore_changes: ['actions_enabled'] } });
  });

  test('is left to Terraform where there is one Region', () => {
    const alone = synthesize(
      { ...first.environment, disasterRecovery: undefined },
      load(everyKindOfSource('prod'), 'prod'),
    );
    for (const block of [...startsOf(alone), ...schedulesOf(alone)]) expect(block.lifecycle).toBeUndefined();
  });

  test('is all of it: other triggers wait for a run, or for inputs of the same Region', () => {
    const others = resources(second, 'aws_glue_trigger').filter(({ type }) => type !== 'SCHEDULED');
    for (const { type, enabled } of others) {
      expect(type === 'CONDITIONAL' || ((type === 'EVENT' || type === 'ON_DEMAND') && enabled === false)).toBe(true);
    }
    const [published] = resources(second, 'aws_cloudwatch_event_rule').filter(({ name }) => /published-/.test(name));
    expect(JSON.parse(published!.event_pattern).detail.jobName).toEqual([`${SECOND}-curate-orders`]);
  });
});

describe('consumers', () => {
  const records = resources(second, 'aws_route53_record');

  test('are told where to read by a record that fails over', () => {
    expect(records).toMatchObject([
      {
        name: `lake.${HOSTED_ZONE}`,
        type: 'TXT',
        ttl: 60,
        set_identifier: 'us-east-1',
        failover_routing_policy: { type: 'PRIMARY' },
        health_check_id: expect.stringContaining('aws_route53_health_check'),
        records: [`region=us-east-1 database=glue_etl_pipeline_prod_curated bucket=${FIRST}-curated`],
      },
      {
        name: `lake.${HOSTED_ZONE}`,
        type: 'TXT',
        ttl: 60,
        set_identifier: '${var.aws_region}',
        failover_routing_policy: { type: 'SECONDARY' },
        records: [`region=\${var.aws_region} database=glue_etl_pipeline_prod_dr_curated bucket=${SECOND}-curated`],
      },
    ]);
    expect(records[1]).not.toHaveProperty('health_check_id');
  });

  test('are moved by a metric of the second Region, and stay while there is no news', () => {
    const [alarm] = resources(second, 'aws_cloudwatch_metric_alarm').filter(({ alarm_name }) =>
      /failed-over/.test(alarm_name),
    );
    expect(alarm).toMatchObject({
      alarm_name: `${SECOND}-failed-over`,
      namespace: SECOND,
      metric_name: 'FailedOver',
      comparison_operator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      // What Route 53 can follow: a statistic of one metric, and as many data points as periods.
      statistic: 'Maximum',
      evaluation_periods: 1,
      treat_missing_data: 'missing',
    });
    expect(alarm).not.toHaveProperty('datapoints_to_alarm');
    expect(resources(second, 'aws_route53_health_check')).toMatchObject([
      {
        type: 'CLOUDWATCH_METRIC',
        cloudwatch_alarm_name: `\${${alarm!.address}.alarm_name}`,
        cloudwatch_alarm_region: '${var.aws_region}',
        insufficient_data_health_status: 'LastKnownStatus',
      },
    ]);
  });

  test('are told nothing where the environment has no hosted zone', () => {
    const [, stack] = everyEnvironment.find(([name]) => name === 'prod-dr')!;
    expect(resources(stack, 'aws_route53_record')).toEqual([]);
    expect(resources(stack, 'aws_route53_health_check')).toEqual([]);
  });
});

describe('a data set in the second Region', () => {
  const sourceOf = (contract: Block) => load({ 'orders.odcs.yaml': contract }, 'prod-dr')[0]!.source;
  const server = (environment: string, bucket: string) => ({
    ...{ server: environment, environment, type: 's3', format: 'csv', location: `s3://${bucket}/orders/` },
  });

  test('comes from the landing zone there, to which what is delivered in the first Region is copied', () => {
    const contract = { ...minimal(), servers: [server('prod', `${FIRST}-source`)] };
    expect(sourceOf(contract)).toMatchObject({ bucket: `${SECOND}-source`, prefix: 'orders/' });
  });

  test('comes from where it does in the first Region, if that is not a bucket of the environment', () => {
    expect(sourceOf({ ...minimal(), servers: [server('prod', 'partner')] })).toMatchObject({ bucket: 'partner' });
  });

  test('comes from a server of its own, if the contract has one', () => {
    const contract = { ...minimal(), servers: [server('prod', 'partner'), server('prod-dr', 'partner-west')] };
    expect(sourceOf(contract)).toMatchObject({ bucket: 'partner-west' });
  });

  test('is there if it is in the first Region, and only then', () => {
    expect(load({ 'orders.odcs.yaml': { ...minimal(), servers: [server('dev', 'partner')] } }, 'prod-dr')).toEqual([]);
  });
});

test('an environment of one Region pays for none of it', () => {
  const dev = synthesize(loadEnvironment('dev'));
  const text = JSON.stringify(dev.resource);
  expect(dev.provider.aws).toHaveLength(1);
  expect(text).not.toMatch(/replica|disaster|second-region/);
});

test('the documented command that copies older objects names the role that is there, and is one that the CLI knows', () => {
  const text = readFileSync(path.join(paths.root, 'docs/disaster-recovery.md'), 'utf8');
  const [, block] = /```bash\n(account=[^`]*create-job[^`]*)```/.exec(text)!;
  const command = block!.trim().replace(/^account=.*/, 'account=123456789012');
  // Checks all that is given, and asks AWS nothing.
  const script = `${command} --generate-cli-skeleton output`;
  const env = { ...process.env, PATH: `${paths.venv}:${process.env.PATH}` };
  expect(JSON.parse(execFileSync('bash', ['-euc', script], { env, encoding: 'utf8' }))).toEqual({ JobId: 'JobId' });
  const roles = resources(first, 'aws_iam_role').map(({ name }) => name);
  expect(command).toContain('role/$prefix-batch-replication');
  expect(roles).toEqual(expect.arrayContaining([`${FIRST}-batch-replication`, `${SECOND}-batch-replication`]));
});
