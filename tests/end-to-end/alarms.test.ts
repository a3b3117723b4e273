import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { BatchStopJobRunCommand } from '@aws-sdk/client-glue';
import Table from 'cli-table3';
import { clientConfig, type Account } from '../../local/account';
import { Naming, Stage, STAGES } from '../../modules/naming';
import { sharedAccount, succeed, watch } from './account';
import { Alert, Inbox } from './inbox';
import { JobRunner } from './job-runs';

const naming = new Naming('local');
const DATASETS = ['flights', 'airlines', 'carrier_performance'];
const UNDELIVERED = naming.queue('undelivered-events');

let account: Account;
let inbox: Inbox;
let jobs: JobRunner;
let cloudwatch: CloudWatchClient;
/** What came of each cause, for people to read. */
const shown: { alarm: string; cause: string; seconds: number; text: string }[] = [];

beforeAll(async () => {
  account = await sharedAccount();
  cloudwatch = new CloudWatchClient(clientConfig(account));
  jobs = new JobRunner(account);
  await watch(account);
  for (const dataset of DATASETS) await forget(dataset);
  inbox = await Inbox.open(
    account,
    succeed(`aws sns create-topic --name ${naming.alertsTopic} --query TopicArn --output text`).trim(),
  );
});

afterAll(async () => {
  await inbox?.close();
  for (const client of [cloudwatch, jobs]) client.destroy();
  succeed(
    `aws sqs purge-queue --queue-url "$(aws sqs get-queue-url --queue-name ${UNDELIVERED} --query QueueUrl --output text)"`,
  );
  const table = new Table({ head: ['alarm', 'provoked by', 'seconds until delivery'] });
  for (const { alarm, cause, seconds } of shown) table.push([alarm, cause, seconds.toFixed(1)]);
  console.log(table.toString());
});

/** Ends the incident of a data set, as an hour without a new one does: takes from each count what it has come to. */
async function forget(dataset: string): Promise<void> {
  const counts = [
    ...STAGES.map((stage) => ['JobRunsFailed', 'JobName', naming.job(stage, dataset)] as const),
    ...['FailedActions', 'RunsNotStarted', 'RulesFailed'].map((metric) => [metric, 'Dataset', dataset] as const),
  ].map(([MetricName, Name, Value]) => ({ MetricName, Dimensions: [{ Name, Value }] }));
  const Namespace = naming.metricNamespace;
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 1000),
      MetricDataQueries: counts.map((metric, index) => ({
        Id: `q${index}`,
        MetricStat: { Metric: { Namespace, ...metric }, Stat: 'Sum', Period: 1 },
      })),
    }),
  );
  const sums = MetricDataResults.map(({ Values = [] }) => Values.reduce((sum, value) => sum + value, 0));
  const MetricData = counts.map((metric, index) => ({ ...metric, Value: -sums[index]! }));
  await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
  for (let tries = 0; (await stateOf(naming.workflow(dataset))) !== 'OK'; tries += 1) {
    if (tries === 60) throw new Error(`The data of ${dataset} does not become right: ${await reasons()}`);
    await sleep(250);
  }
}

async function stateOf(composite: string): Promise<string | undefined> {
  const command = new DescribeAlarmsCommand({ AlarmNames: [composite], AlarmTypes: ['CompositeAlarm'] });
  return (await cloudwatch.send(command)).CompositeAlarms?.[0]?.StateValue;
}

async function reasons(): Promise<string> {
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
  return MetricAlarms.map(({ AlarmName, StateReason }) => `${AlarmName}: ${StateReason}`).join('; ');
}

/** Waits for the alert that a cause must bring, and notes how long it took from the instant of the cause. */
async function delivered(name: string | RegExp, cause: string, at: number): Promise<Alert> {
  const alert = await inbox.next(name, at);
  shown.push({ alarm: alert.name, cause, seconds: (alert.at - at) / 1000, text: alert.text });
  return alert;
}

const job = (stage: Stage, dataset: string) => naming.job(stage, dataset);
const HANG = 'import time; time.sleep(600)';
/** Fills nine tenths of the heap of the driver, and holds them for some samples; arrays of bytes, py4j would hand to Python. */
const HOARD = `
import time
from pyspark.sql import SparkSession
gateway = SparkSession.builder.getOrCreate().sparkContext._gateway
runtime = gateway.jvm.java.lang.Runtime.getRuntime()
gateway.jvm.java.lang.System.gc()
hoard = []
while runtime.totalMemory() - runtime.freeMemory() < 0.92 * runtime.maxMemory():
    hoard.append(gateway.new_array(gateway.jvm.long, 1 << 19))
time.sleep(4)
raise SystemExit(0)
`;
const SMALL = 'spark.driver.memory=1g --conf spark.executor.heartbeatInterval=1s';
/** Over which the memory of a job's runs is averaged. */
const PERIOD_MILLISECONDS = 300_000;

describe('an alert reaches a subscriber when', () => {
  test('a run goes on for too long, one is stopped by its timeout, and one by somebody', async () => {
    const late = job('process', 'flights');
    const hung = job('ingest', 'carrier_performance');
    const [goesOn, ends] = await Promise.all([
      jobs.start(late, {
        Arguments: await jobs.library(late, 'hang', HANG),
        NotificationProperty: { NotifyDelayAfter: 1 },
      }),
      jobs.start(hung, { Arguments: await jobs.library(hung, 'hang', HANG), Timeout: 1 }),
    ]);
    const minute = 60_000 + Date.now();
    await sendAstray();
    await delivered(
      new RegExp(`^${late} takes longer than expected`),
      'a run past its notifyDelayAfter of a minute',
      minute - 1000,
    );
    const { JobRunState, CompletedOn } = await jobs.reached(hung, ends);
    expect(JobRunState).toBe('TIMEOUT');
    await delivered(
      naming.workflow('carrier_performance'),
      'a run that its timeout of a minute ended',
      CompletedOn!.getTime(),
    );

    await jobs.glue.send(new BatchStopJobRunCommand({ JobName: late, JobRunIds: [goesOn] }));
    const stopped = await jobs.reached(late, goesOn);
    expect(stopped.JobRunState).toBe('STOPPED');
    await delivered(naming.workflow('flights'), 'a run that somebody stopped', stopped.CompletedOn!.getTime());
    await forget('flights');
  });

  /** Meanwhile: an event that nobody could be given. */
  async function sendAstray(): Promise<void> {
    const at = Date.now();
    succeed(
      `aws sqs send-message --message-body '{}' --queue-url "$(aws sqs get-queue-url --queue-name ${UNDELIVERED} --query QueueUrl --output text)"`,
    );
    await delivered(naming.resource('undelivered-events'), 'a message on the queue of undelivered events', at);
  }

  test('a run fails, data breaks a rule, and memory is short; once each, though Glue tries a run again', async () => {
    await Promise.all([fail(), breakRule(), hoard()]);
    await forget('flights');
  });

  async function fail(): Promise<void> {
    const name = job('curate', 'flights');
    const run = await jobs.run(name, {
      Arguments: { '--definition': 's3://glue-etl-pipeline-local-scripts/nothing.json' },
    });
    expect(run.JobRunState).toBe('FAILED');
    await delivered(
      naming.workflow('flights'),
      'a run that fails, for its definition is missing',
      run.CompletedOn!.getTime(),
    );
    await jobs.reached(name, `${run.Id}_attempt_1`);
  }

  async function breakRule(): Promise<void> {
    succeed(
      `printf 'carrier,name\\n' | aws s3 cp - s3://${naming.bucket('source')}/airlines/no-rows-${Date.now()}.csv`,
    );
    for (const stage of ['ingest', 'process'] as const) await jobs.run(job(stage, 'airlines'));
    const run = await jobs.run(job('validate', 'airlines'));
    expect(run).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: expect.stringContaining('RowCount') });
    await delivered(
      naming.workflow('airlines'),
      'a batch without rows, which breaks the rule RowCount > 0',
      run.CompletedOn!.getTime(),
    );
  }

  async function hoard(): Promise<void> {
    const name = job('curate', 'planes');
    const before = await jobs.lastEnd(name);
    await sleep(Math.max(0, before + PERIOD_MILLISECONDS - Date.now()));
    const library = await jobs.library(name, 'hoard', HOARD);
    const run = await jobs.run(name, { Arguments: { ...library, '--conf': SMALL } });
    expect(run.JobRunState).toBe('SUCCEEDED');
    await delivered(`${name}-memory`, 'a run that fills its heap', run.CompletedOn!.getTime() - 1000);
  }

  test('nothing is published for longer than was promised', async () => {
    const table = naming.monitoringTable;
    const key = `'{"id":{"S":"dataset#flights"}}'`;
    const update = (at: string) =>
      succeed(
        `aws dynamodb update-item --table-name ${table} --key ${key} --update-expression 'SET published_at = :at' ` +
          `--expression-attribute-values '{":at":{"S":"${at}"}}'`,
      );
    const before = succeed(
      `aws dynamodb get-item --table-name ${table} --key ${key} --query Item.published_at.S --output text`,
    ).trim();
    update(new Date(Date.now() - 27 * 3_600_000).toISOString());
    try {
      const at = Date.now();
      await watch(account);
      await delivered(naming.workflow('flights'), 'data published 27 hours ago, of which 26 are promised', at);
    } finally {
      update(before);
    }
  });
});

test('each alert came once, with a link to its section of the runbook, and no other came', async () => {
  await sleep(3000);
  const names = inbox.alerts.map(({ name }) => name).sort();
  expect(names).toEqual(shown.map(({ alarm }) => alarm).sort());
  for (const { text } of inbox.alerts) expect(text).toMatch(/^Runbook: docs\/runbook\.md#[\w-]+$/m);
});
