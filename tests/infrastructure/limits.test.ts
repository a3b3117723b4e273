import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadEnvironment } from '../../environments';
import { database, load, minimal, product, type Draft } from '../unit/contract-files';
import { resources, synthesize, type Block, type Synthesized } from './synth';

const PROD = loadEnvironment('prod');
const ENVIRONMENT = { ...PROD, network: { ...PROD.network, databaseCidrs: ['10.1.0.0/16'] } };
const BUCKET = 'glue-etl-pipeline-prod-source';

/** A data set of files, with what a contract usually has. */
function files(id: string, bucket = BUCKET): Draft {
  const contract = minimal(id);
  const location = `s3://${bucket}/${id}/*.csv`;
  contract.servers = [{ server: 'landing', environment: 'prod', type: 's3', location, format: 'csv' }];
  contract.slaProperties = [
    { property: 'frequency', value: 1, unit: 'd' },
    { property: 'latency', value: 26, unit: 'h' },
    { property: 'volume', value: 1, unit: 'GB/d' },
  ];
  contract.schema[0].quality = [{ type: 'library', metric: 'rowCount', mustBeGreaterThan: 0 }];
  return contract;
}

/** The stack of prod with these contracts. */
function stackOf(contracts: Draft[]): Synthesized {
  const named = contracts.map((contract) => [`${contract.id}.odcs.yaml`, contract]);
  return synthesize(ENVIRONMENT, load({ ...Object.fromEntries(named), 'query.sql': 'SELECT 1 AS amount' }, 'prod'));
}

const sets = (count: number, of = files) => Array.from({ length: count }, (_, index) => of(`set_${index}`));

/** How many widgets, metrics and states of alarms each dashboard has. */
function dashboards(stack: Synthesized): { widgets: number; metrics: number; states: number }[] {
  return resources(stack, 'aws_cloudwatch_dashboard').map(({ dashboard_body }) => {
    const { widgets } = JSON.parse(dashboard_body) as { widgets: Block[] };
    const all = (key: string) => widgets.flatMap(({ properties }) => properties[key] ?? []).length;
    return { widgets: widgets.length, metrics: all('metrics'), states: all('alarms') };
  });
}

const alarms = (stack: Synthesized) =>
  ['aws_cloudwatch_metric_alarm', 'aws_cloudwatch_composite_alarm'].flatMap((type) => resources(stack, type));
const count = (type: string) => (stack: Synthesized) => resources(stack, type).length;
const uses: Record<string, (stack: Synthesized) => number> = {
  'Glue jobs': count('aws_glue_job'),
  'Glue triggers': count('aws_glue_trigger'),
  'Glue workflows': count('aws_glue_workflow'),
  'Glue crawlers': count('aws_glue_crawler'),
  'EventBridge rules of a bus': count('aws_cloudwatch_event_rule'),
  'CloudWatch alarms': (stack) => alarms(stack).length,
  'CloudWatch metrics of a dashboard': (stack) => dashboards(stack)[0]!.metrics,
  'CloudWatch widgets of a dashboard': (stack) => dashboards(stack)[0]!.widgets,
  'CloudWatch alarms of a widget': (stack) => dashboards(stack)[0]!.states,
};

interface Row {
  readonly limit: string;
  readonly most: number;
  readonly each: number;
  readonly metAt: number;
}

const rows: Row[] = readFileSync(resolve(__dirname, '../../docs/limits.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, limit, most, each, metAt]) => ({
    limit: limit!,
    most: number(most!),
    each: number(each!),
    metAt: number(metAt!),
  }));

/** NaN of what is no number. */
function number(cell: string): number {
  return cell === '' ? NaN : Number(cell.replaceAll(',', ''));
}

function most(limit: string): number {
  return rows.find((row) => row.limit === limit)!.most;
}

describe('docs/limits.md', () => {
  const [some, more] = [stackOf(sets(10)), stackOf(sets(11))];

  test('says of every limit what is counted here', () => {
    expect(rows.map(({ limit }) => limit)).toEqual(expect.arrayContaining(Object.keys(uses)));
  });

  test.each(Object.entries(uses))('says how many a data set uses of %s, and when they are used up', (limit, used) => {
    const { most, each, metAt } = rows.find((row) => row.limit === limit)!;
    expect(used(more) - used(some)).toBe(each);
    const fixed = used(some) - 10 * each;
    // NaN where there is no limit.
    expect(Math.floor((most - fixed) / each)).toBe(metAt);
  });

  test('lists them in the order in which they are met', () => {
    const met = rows.map(({ metAt }) => metAt).filter((at) => !Number.isNaN(at));
    expect(met).toEqual([...met].sort((left, right) => left - right));
  });

  test('says how many resources Terraform has for a data set', () => {
    const total = (stack: Synthesized) => Object.values(stack.resource).flatMap(Object.keys).length;
    const [, said] = /Terraform has (\d+) resources for a data set/.exec(
      readFileSync(resolve(__dirname, '../../docs/limits.md'), 'utf8'),
    )!;
    expect(total(more) - total(some)).toBe(Number(said));
  });
});

test('no dashboard is larger than CloudWatch takes, however many data sets there are', () => {
  // Two dashboards that are full and one that is not, and more data sets than a widget takes alarms.
  const many = 2 * 50 + 1;
  const all = dashboards(stackOf(sets(many)));
  expect(all).toHaveLength(3);
  // On top of each one: a heading, the states of alarms, and four graphs of all data sets.
  expect(all.map(({ widgets }) => widgets).reduce((sum, each) => sum + each)).toBe(9 * many + 6 * all.length);
  for (const { widgets, metrics, states } of all) {
    expect(widgets).toBeLessThanOrEqual(most('CloudWatch widgets of a dashboard'));
    expect(metrics).toBeLessThanOrEqual(most('CloudWatch metrics of a dashboard'));
    expect(states).toBeLessThanOrEqual(most('CloudWatch alarms of a widget'));
  }
});

test('a data set is one file: what others have stays as it is', () => {
  const kinds = [
    files('orders'),
    database('stock', 'prod'),
    files('prices', 'partner'),
    product('sums', ['orders'], 'prod'),
  ];
  for (const added of kinds) {
    const others = kinds.filter(({ id }) => id !== added.id && (added.id !== 'orders' || id !== 'sums'));
    const [before, after] = [stackOf(others), stackOf([...others, added])];
    const jobs = resources(before, 'aws_glue_job');
    expect(jobs).toHaveLength(4 * others.length);
    for (const job of jobs) expect(resources(after, 'aws_glue_job')).toContainEqual(job);
    for (const type of ['aws_glue_trigger', 'aws_glue_crawler', 'aws_sqs_queue', 'aws_cloudwatch_metric_alarm']) {
      for (const each of resources(before, type)) expect(resources(after, type)).toContainEqual(each);
    }
  }
});
