import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import type { EstimateInput } from '../../modules/cost/bill';
import { compare, estimate } from '../../modules/cost/estimate';
import { PRICES } from '../../modules/cost/prices';
import { MB_PER_SECOND } from '../../modules/glue/sizing';
import { everyEnvironment, synthesize } from '../infrastructure/synth';
import { loadOne } from './contract-files';

const DEV = loadEnvironment('dev');
const JOB = { worker_type: 'G.1X', number_of_workers: 3, execution_class: 'STANDARD' };
/** Files that bring 10 GB a day in one run, and are appended. */
const ORDERS = {
  ...loadOne((contract) => {
    contract.slaProperties = [
      { property: 'frequency', value: 1, unit: 'd' },
      { property: 'volume', value: 10, unit: 'GB/d' },
    ];
  }),
  writeMode: 'append' as const,
};

/** A stack of one job per stage and a little of the rest. */
function made(changes: EstimateInput['resources'] = {}): EstimateInput['resources'] {
  const job = (stage: string) => ({ ...JOB, name: `glue-etl-pipeline-dev-${stage}-orders` });
  return {
    aws_glue_job: {
      ...{ ingest: job('ingest'), validate: job('validate'), curate: { ...job('curate'), worker_type: 'G.2X' } },
      process: { ...job('process'), execution_class: 'FLEX' },
    },
    aws_glue_crawler: { crawler: { schedule: 'cron(5 3 * * ? *)' } },
    aws_kms_key: { data: {}, logs: {}, messages: {} },
    aws_secretsmanager_secret: { shop: {} },
    aws_cloudwatch_metric_alarm: {
      failed: {},
      memory: { metric_query: [{ metric: {} }, { metric: {} }, { id: 'max' }] },
    },
    aws_vpc_endpoint: {
      s3: { vpc_endpoint_type: 'Gateway' },
      kms: { subnet_ids: ['a', 'b'] },
      sqs: { subnet_ids: ['a', 'b'] },
    },
    aws_nat_gateway: { nat: {} },
    ...changes,
  };
}

function estimated(changes: Partial<EstimateInput> = {}) {
  return estimate({ environment: DEV, datasets: [ORDERS], resources: made(), months: 12, ...changes });
}

/** USD of an item, or of all items of a service; 0 where there is none. */
function usd(bill: ReturnType<typeof estimated>, service: string, item?: string): number {
  const lines = bill.lines.filter((line) => line.service === service && (item ?? line.item) === line.item);
  return lines.reduce((sum, line) => sum + line.usd, 0);
}

describe('an environment of one data set, by hand', () => {
  const bill = estimated();
  const runs = 365 / 12;
  /** What 10 GB take at that rate, and no less than is billed. */
  const seconds = (mbPerSecond: number) => Math.max(60, 10240 / mbPerSecond);

  test.each([
    // 10 GB a day: 90 days in Standard, those to the 180th in Infrequent Access, those to the 365th in Glacier.
    ['S3', 'source, Standard', 900 * 0.023],
    ['S3', 'source, Infrequent Access', 2750 * 0.0125],
    ['S3', 'source, Glacier Instant Retrieval', 0],
    ['S3', 'raw, Standard', 900 * 0.023],
    ['S3', 'raw, Infrequent Access', 900 * 0.0125],
    ['S3', 'raw, Glacier Instant Retrieval', 1850 * 0.004],
    // A fifth of it as Parquet, in two tables.
    ['S3', 'processed, Standard', 180 * 0.023],
    ['S3', 'curated, Infrequent Access', 550 * 0.0125],
    // Three workers of one DPU for the minute that is billed at least.
    ['Glue', 'ingest', runs * 3 * (1 / 60) * 0.44],
    // Two of the three work.
    ['Glue', 'process, flexible', (runs * 3 * seconds(MB_PER_SECOND.process * 8) * 0.29) / 3600],
    // Workers of two DPUs.
    ['Glue', 'curate', (runs * 6 * seconds(MB_PER_SECOND.curate * 16) * 0.44) / 3600],
    // Two DPUs for ten minutes a day.
    ['Glue', 'crawlers', runs * 2 * (10 / 60) * 0.44],
    ['KMS', 'keys', 3],
    ['Secrets Manager', 'secrets', 0.4],
    ['CloudWatch', 'alarmed metrics', 0.3],
    ['VPC', 'interface endpoints, per zone', 4 * 730 * 0.01],
    ['VPC', 'NAT gateways', 730 * 0.045],
    ['CloudTrail', undefined, 0],
    ['Config', undefined, 0],
  ])('%s: %s', (service, item, expected) => expect(usd(bill, service, item)).toBeCloseTo(expected, 6));

  test('each line is quantity times unit price, and all of them are the sum', () => {
    for (const { quantity, unitUsd, usd: product } of bill.lines) expect(product).toBe(quantity * unitUsd);
    expect(bill.usd).toBeCloseTo(
      bill.lines.reduce((sum, { usd: product }) => sum + product, 0),
      9,
    );
    expect(bill).toMatchObject({ environment: 'dev', months: 12, region: 'us-east-1', pricesAsOf: PRICES.asOf });
  });

  test('what is kept grows with the months, what is computed does not', () => {
    const first = estimated({ months: 1 });
    expect(usd(first, 'S3', 'raw, Standard')).toBeCloseTo((10 * 365 * 0.023) / 12, 6);
    expect(usd(first, 'Glue')).toBe(usd(bill, 'Glue'));
  });

  test('a table that is replaced does not grow', () => {
    const replaced = estimated({ datasets: [{ ...ORDERS, writeMode: 'replace' }] });
    expect(usd(replaced, 'S3', 'curated, Standard')).toBe(0);
  });
});

describe.each(everyEnvironment)('the estimate of %s', (_, stack) => {
  const bill = estimate({
    environment: stack.environment,
    datasets: [ORDERS],
    resources: synthesize(stack.environment, [ORDERS]).resource,
    months: 12,
  });
  const services = new Set(bill.lines.map(({ service }) => service));

  test('has the services that are paid for in every environment', () => {
    for (const service of ['Glue', 'S3', 'KMS', 'CloudWatch', 'SQS', 'SNS']) expect(services).toContain(service);
    // In a Region that stands by nothing runs, and its tables are in the bill of the other one.
    for (const service of ['DynamoDB', 'Lambda']) expect(services.has(service)).toBe(!stack.environment.standby);
    expect(services.has('Replication')).toBe(stack.environment.disasterRecovery !== undefined);
  });

  test('has those of auditors and of the network where the environment has them', () => {
    const { account, network } = stack.environment;
    expect(services.has('CloudTrail')).toBe(account.trail);
    expect(services.has('Config')).toBe(account.configRules);
    expect(services.has('VPC')).toBe(network.endpoints || network.natGateways !== 'none');
  });

  test('counts the resources of the stack', () => {
    const quantity = (item: string) => bill.lines.find((line) => line.item === item)?.quantity;
    expect(quantity('keys')).toBe(Object.keys(stack.resource.aws_kms_key!).length);
    expect(quantity('dashboards')).toBe(Object.keys(stack.resource.aws_cloudwatch_dashboard!).length);
    if (!stack.environment.standby) expect(quantity('own metrics')).toBeGreaterThan(0);
  });
});

describe('a second Region', () => {
  const first = loadEnvironment('prod');
  const second = loadEnvironment('prod-dr');
  const billOf = (environment: typeof first) =>
    estimated({ environment, resources: synthesize(environment, [ORDERS]).resource });
  /** Of 10 GB a day, its raw files, and a fifth of it in two tables. */
  const gb = (24 * 365) / 12;

  test('is paid for where data comes from, and again where it stays', () => {
    const [from, to] = [billOf(first), billOf(second)];
    expect(usd(from, 'Replication', 'objects, to the other Region')).toBeCloseTo(gb * 0.02, 6);
    expect(usd(from, 'Replication', 'objects, within 15 minutes')).toBeCloseTo(gb * 0.015, 6);
    // A rule for each of four buckets in either direction, with four metrics.
    expect(usd(from, 'Replication', 'metrics')).toBeCloseTo(8 * 4 * 0.3, 6);
    for (const zone of ['source', 'raw', 'processed', 'curated']) {
      expect(usd(to, 'S3', `${zone}, Standard`)).toBe(usd(from, 'S3', `${zone}, Standard`));
    }
  });

  test('doubles what is written to tables', () => {
    const alone = billOf({ ...first, disasterRecovery: undefined });
    expect(usd(billOf(first), 'DynamoDB', 'writes')).toBeCloseTo(2 * usd(alone, 'DynamoDB', 'writes'), 9);
  });

  test('runs nothing', () => {
    const { lines } = billOf(second);
    expect(lines.filter(({ service }) => service === 'Glue').map(({ item }) => item)).toEqual(['crawlers']);
  });
});

test('a comparison has what changed, came and went, and nothing else', () => {
  const resources = made({
    aws_kms_key: { data: {} },
    aws_nat_gateway: {},
    aws_cloudwatch_dashboard: { all: { dashboard_body: '{"widgets":[]}' } },
  });
  const differences = compare(estimated(), estimated({ resources }));
  const byService = (left: { service: string }, right: { service: string }) =>
    left.service.localeCompare(right.service);
  expect(differences.sort(byService)).toEqual([
    { service: 'CloudWatch', item: 'dashboards', beforeUsd: 0, afterUsd: 3 },
    { service: 'KMS', item: 'keys', beforeUsd: 3, afterUsd: 1 },
    { service: 'VPC', item: 'NAT gateways', beforeUsd: 730 * 0.045, afterUsd: 0 },
  ]);
});

describe('npm run estimate', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'estimate-'));
  const root = path.resolve(__dirname, '../..');
  const run = (...options: string[]) =>
    spawnSync(process.execPath, ['-r', 'ts-node/register', 'scripts/estimate.ts', ...options], {
      cwd: root,
      encoding: 'utf8',
    });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('prints a table, JSON, and the difference from that JSON', () => {
    const { status, stdout } = run('--environment', 'prod', '--json');
    expect(status).toBe(0);
    const before = JSON.parse(stdout);
    expect(run('--environment', 'prod').stdout).toContain(before.usd.toFixed(2));
    const file = path.join(folder, 'before.json');
    const [first] = before.lines;
    writeFileSync(
      file,
      JSON.stringify({ ...before, lines: [{ ...first, usd: first.usd - 5 }, ...before.lines.slice(1)] }),
    );
    const difference = run('--environment', 'prod', '--compare', file);
    expect(difference.status).toBe(0);
    expect(difference.stdout).toContain(`${first.service}: ${first.item}`);
    expect(difference.stdout).toContain('+5.00');
    expect(difference.stdout).not.toContain('KMS');
  });

  test.each([
    [['--environment', 'nowhere'], 'Unknown environment "nowhere". Known ones: dev, local, prod'],
    [[], '--environment'],
    [['--environment', 'dev', '--months', 'x'], 'must be a number greater than 0'],
    [['--environment', 'dev', '--compare', 'none.json'], 'none.json'],
    [['--environment', 'dev', '--compare', 'package.json'], 'package.json: must be what --json prints'],
  ])('refuses %j', (options, message) => {
    const { status, stderr } = run(...options);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});
