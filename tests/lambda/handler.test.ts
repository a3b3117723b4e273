import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { JobRun } from '@aws-sdk/client-glue';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import type { JobStateChangeEvent, ScheduledTask } from '../../monitoring-lambda/events';
import type { Dimension, MetricName } from '../../monitoring-lambda/metrics';
import type { JobRunReport } from '../../monitoring-lambda/report';
import type { DaySummary } from '../../monitoring-lambda/summary';
import { Account } from './account';
import { jobRun, jobStateChange, monitoredDataSet, settings, variables } from './factories';

const HOUR_MS = 3_600_000;
/** CloudWatch takes nothing that is old: runs are of yesterday. */
const DATE = new Date(Date.now() - 24 * HOUR_MS).toISOString().slice(0, 10);
const FOLDER = `reports/${DATE.replaceAll('-', '/')}`;
const at = (hour: number) => new Date(Date.parse(DATE) + hour * HOUR_MS);
const NOW = new Date();
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

let account: Account;
let queueUrl: string;
let invoke: (event: JobStateChangeEvent | ScheduledTask) => Promise<void>;
let s3: S3Client;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  account = await Account.start();
  s3 = new S3Client();
  dynamodb = new DynamoDBClient();
  for (const Bucket of [settings.reportsBucket, new URL(settings.datasetsUri).host]) {
    await s3.send(new CreateBucketCommand({ Bucket }));
  }
  const { host: Bucket, pathname } = new URL(settings.datasetsUri);
  const Body = JSON.stringify([monitoredDataSet('flights', 24), monitoredDataSet('planes')]);
  await s3.send(new PutObjectCommand({ Bucket, Key: pathname.slice(1), Body }));
  await createTable(settings.jobStateTable, 'job_name');
  await createTable(settings.jobBookmarksTable, 'pk', 'sk');
  await createTable(settings.monitoringTable, 'id');
  const { TopicArn } = await new SNSClient().send(new CreateTopicCommand({ Name: 'glue-etl-pipeline-local-reports' }));
  queueUrl = (await account.sqs<{ QueueUrl: string }>('CreateQueue', { QueueName: 'readers' })).QueueUrl;
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:readers';
  await new SNSClient().send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  const silent = { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' };
  Object.assign(process.env, variables, silent, { REPORTS_TOPIC_ARN: TopicArn });
  const { handler } = await import('../../monitoring-lambda/handler');
  const context = { functionName: 'monitoring', getRemainingTimeInMillis: () => 60_000 };
  invoke = (event) => handler(event, context as never);
});

afterAll(() => account.stop());

async function createTable(TableName: string, ...keys: string[]): Promise<void> {
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index ? 'RANGE' : 'HASH' })),
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}

async function read(key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: settings.reportsBucket, Key: key }));
  return Body!.transformToString();
}

async function readReport(jobName: string, jobRunId: string): Promise<JobRunReport> {
  const key = `${FOLDER}/${jobName}/${jobRunId}`;
  expect(await read(`${key}.html`)).toMatch(/^<!doctype html>/);
  expect(await read(`${key}.txt`)).toContain(jobRunId);
  return JSON.parse(await read(`${key}.json`)) as JobRunReport;
}

/** Sum of the values of a metric; undefined if it has none. */
async function sumOf(metric: MetricName, of: string, dimension: Dimension = 'JobName'): Promise<number | undefined> {
  const { Datapoints = [] } = await new CloudWatchClient().send(
    new GetMetricStatisticsCommand({
      Namespace: settings.metricNamespace,
      MetricName: metric,
      Dimensions: [{ Name: dimension, Value: of }],
      StartTime: at(0),
      EndTime: at(49),
      Period: 3600,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints.length > 0 ? Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0) : undefined;
}

/** Takes the mails that were sent since it was last asked. */
async function takeMails(): Promise<{ Subject: string; Message: string }[]> {
  const { Messages = [] } = await account.sqs<{ Messages?: { Body: string; ReceiptHandle: string }[] }>(
    'ReceiveMessage',
    { QueueUrl: queueUrl, MaxNumberOfMessages: 10 },
  );
  for (const { ReceiptHandle } of Messages) {
    await account.sqs('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle }).catch(() => null);
  }
  return Messages.map(({ Body }) => JSON.parse(Body));
}

async function putJobState(jobName: string, jobRunId: string, counts: Record<string, number>, error?: string) {
  const M = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, { N: String(count) }]));
  const Item = {
    job_name: { S: jobName },
    job_run_id: { S: jobRunId },
    batches: { L: [{ S: 'wr_1' }] },
    counts: { M },
    ...(error && { error: { S: error } }),
  };
  await dynamodb.send(new PutItemCommand({ TableName: settings.jobStateTable, Item }));
}

async function putLog(logGroupName: string, logStreamName: string, messages: string[]): Promise<void> {
  const logs = new CloudWatchLogsClient();
  await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => null);
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const logEvents = messages.map((message, index) => ({ message, timestamp: Date.now() + index }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

/** Lets Glue know of a run of one of the jobs, and answers the event of its end. */
function ended(stage: string, dataset: string, jobRunId: string, run: Partial<JobRun> = {}): JobStateChangeEvent {
  const jobName = `glue-etl-pipeline-local-${stage}-${dataset}`;
  const times = { StartedOn: at(10), CompletedOn: at(10.1) };
  const known = jobRun({ JobName: jobName, Id: jobRunId, JobRunState: 'SUCCEEDED', ...times, ...run });
  account.contents.jobRuns.set(jobRunId, known);
  return jobStateChange({ jobName, jobRunId, state: known.JobRunState!, message: known.ErrorMessage ?? '' });
}

it('reports a run that succeeded, and sends no mail', async () => {
  const event = ended('curate', 'flights', 'jr_good');
  const { jobName, jobRunId } = event.detail;
  await putJobState(jobName, jobRunId, { read: 90, good: 90, quarantined: 0, duplicates: 0, published: 90 });

  await invoke(event);

  expect(await readReport(jobName, jobRunId)).toMatchObject({ failed: false, counts: { published: 90 } });
  expect(await read('reports/latest/flights.html')).toContain('flights: curate succeeded');
  expect(await sumOf('JobRunsSucceeded', jobName)).toBe(1);
  expect(await sumOf('JobRunsFailed', jobName)).toBe(0);
  expect(await sumOf('DurationSeconds', jobName)).toBe(270);
  expect(await sumOf('RowsPublished', jobName)).toBe(90);
  expect(await sumOf('RowsPublished', 'flights', 'Dataset')).toBe(90);
  expect(await sumOf('DpuHoursToday', 'flights', 'Dataset')).toBeCloseTo(0.3);
  expect(await takeMails()).toEqual([]);
});

it('reports a run that failed with what its logs say around the error, and sends one mail, however often it is told', async () => {
  const event = ended('process', 'flights', 'jr_bad', { JobRunState: 'FAILED', ErrorMessage: 'of Glue' });
  const { jobName, jobRunId } = event.detail;
  await putJobState(jobName, jobRunId, { read: 100 }, 'column "tailnum" not found');
  const line = (name: string, id = jobRunId) => JSON.stringify({ event: name, job_run_id: id });
  await putLog(settings.glueLogGroup, jobName, [
    line('run-failed', 'jr_other'),
    line('run-started'),
    line('run-failed'),
  ]);
  const traceback = ['Traceback (most recent call last):', '  File "process.py", line 1', 'KeyError: tailnum'];
  await putLog(settings.driverLogGroup, `${jobRunId}-driver`, [...Array(20).fill('INFO all is well'), ...traceback]);

  for (let time = 1; time <= 3; time++) await invoke(event);

  const report = await readReport(jobName, jobRunId);
  expect(report).toMatchObject({ error: 'column "tailnum" not found', counts: { read: 100, good: null } });
  expect(report.errorLines.journal.map(({ message }) => message)).toEqual([line('run-started'), line('run-failed')]);
  expect(report.errorLines.driver.map(({ message }) => message).slice(-3)).toEqual(traceback);
  const [mail, ...others] = await takeMails();
  expect(others).toEqual([]);
  expect(mail!.Subject).toBe('[local] flights: process failed');
  expect(mail!.Message).toContain(`s3://${settings.reportsBucket}/${FOLDER}/${jobName}/${jobRunId}.html`);
  expect(mail!.Message).toContain('KeyError: tailnum');
  expect(await sumOf('JobRunsFailed', jobName)).toBe(1);
});

it('reports a run that died before it wrote state or log', async () => {
  const event = ended('ingest', 'planes', 'jr_dead', { JobRunState: 'TIMEOUT', ErrorMessage: 'Job run timed out' });
  const { jobName, jobRunId } = event.detail;

  await invoke(event);

  expect(await readReport(jobName, jobRunId)).toMatchObject({ error: 'Job run timed out', counts: { read: null } });
  expect(await takeMails()).toHaveLength(1);
  expect(await sumOf('RowsRead', jobName)).toBeUndefined();
});

it('counts the quality rules of severity error that failed', async () => {
  const event = ended('validate', 'planes', 'jr_rules', { JobRunState: 'FAILED' });
  const { jobName, jobRunId } = event.detail;
  await putJobState(jobName, jobRunId, { read: 0 }, 'QualityError');
  const rules = { L: [{ S: 'RowCount > 0 (rows = 0)' }, { S: 'IsComplete "a" (0.5)' }] };
  const Item = { pk: { S: 'planes#validate' }, sk: { S: 'wr_1' }, failed_rules: rules };
  await dynamodb.send(new PutItemCommand({ TableName: settings.jobBookmarksTable, Item }));

  await invoke(event);

  expect(await sumOf('RulesFailed', 'planes', 'Dataset')).toBe(2);
  expect((await takeMails())[0]!.Message).toContain('RowCount > 0 (rows = 0)');
});

it('keeps the later of two reports as the latest, whichever comes first', async () => {
  const events = [
    ended('ingest', 'planes', 'jr_later', { CompletedOn: at(13) }),
    ended('ingest', 'planes', 'jr_sooner', { CompletedOn: at(12) }),
  ];

  for (const event of events) await invoke(event);

  expect(await read('reports/latest/planes.txt')).toContain('jr_later');
});

it('compares a run with those of its job that did something', async () => {
  const run = (index: number) => ({ StartedOn: at(index), CompletedOn: at(index + 0.1) });
  const names = Array.from({ length: 12 }, (_, index) => `jr_history_${String(index).padStart(2, '0')}`);
  for (const [index, name] of names.entries()) {
    const event = ended('process', 'planes', name, { ...run(index), ExecutionTime: index === 11 ? 540 : 270 });
    await putJobState(event.detail.jobName, name, { read: 2700, good: 2700, quarantined: 0, duplicates: 0 });
    await invoke(event);
  }

  const { performance } = await readReport('glue-etl-pipeline-local-process-planes', names[11]!);

  expect(performance!.durationOfP95).toBe(2);
  expect(performance!.durations).toHaveLength(12);
  expect(performance!.comparisons[1]).toMatchObject({ name: 'rowsPerSecond', value: 5, median: 10 });
  expect(await sumOf('DurationOfP95', 'glue-etl-pipeline-local-process-planes')).toBe(3);
});

it("leaves another environment's job alone", async () => {
  await invoke(jobStateChange({ jobName: 'glue-etl-pipeline-prod-ingest-flights', jobRunId: 'jr_foreign' }));

  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: settings.reportsBucket }));
  expect(Contents.filter(({ Key }) => Key?.includes('jr_foreign'))).toEqual([]);
});

it('fails if it cannot do its work, and does it when Lambda tries again', async () => {
  const event = ended('ingest', 'flights', 'jr_unknown');
  account.contents.jobRuns.delete('jr_unknown');
  await expect(invoke(event)).rejects.toThrow('no run jr_unknown');
  ended('ingest', 'flights', 'jr_unknown');

  await invoke(event);

  expect(await readReport(event.detail.jobName, 'jr_unknown')).toMatchObject({ failed: false });
});

describe('the watch', () => {
  const look = (time = NOW) => invoke({ task: 'watch', time: time.toISOString() });

  it('tells the age of each data set, counts what workflow runs failed to do once, and reports what no event told', async () => {
    const event = ended('ingest', 'flights', 'jr_untold', { JobRunState: 'FAILED', CompletedOn: minutesAgo(30) });
    account.contents.workflows.set('glue-etl-pipeline-local-flights', {
      workflow: { CreatedOn: minutesAgo(600) },
      runs: [
        { WorkflowRunId: 'wr_3', Name: 'glue-etl-pipeline-local-flights', Status: 'RUNNING', StartedOn: minutesAgo(1) },
        {
          WorkflowRunId: 'wr_2',
          Name: 'glue-etl-pipeline-local-flights',
          Status: 'COMPLETED',
          CompletedOn: minutesAgo(30),
          Statistics: { TotalActions: 4, FailedActions: 1 },
          Graph: { Nodes: [{ JobDetails: { JobRuns: [account.contents.jobRuns.get('jr_untold')!] } }] },
        },
        { WorkflowRunId: 'wr_1', Status: 'COMPLETED', CompletedOn: minutesAgo(600), Statistics: { FailedActions: 5 } },
      ],
    });
    account.contents.workflows.set('glue-etl-pipeline-local-planes', {
      workflow: { CreatedOn: minutesAgo(90) },
      runs: [
        { WorkflowRunId: 'wr_4', Name: 'glue-etl-pipeline-local-planes', Status: 'ERROR', CompletedOn: minutesAgo(10) },
      ],
    });

    await look();
    await look();

    expect(await sumOf('FailedActions', 'flights', 'Dataset')).toBe(1);
    expect(await sumOf('RunsNotStarted', 'flights', 'Dataset')).toBe(0);
    expect(await sumOf('RunsNotStarted', 'planes', 'Dataset')).toBe(1);
    expect((await sumOf('FreshnessSeconds', 'planes', 'Dataset'))! / 2).toBeCloseTo(90 * 60, 0);
    const age = (NOW.getTime() - at(10.1).getTime()) / 1000;
    expect((await sumOf('FreshnessSeconds', 'flights', 'Dataset'))! / 2).toBeCloseTo(age, 0);
    expect(await readReport(event.detail.jobName, 'jr_untold')).toMatchObject({ failed: true });
    expect(await takeMails()).toHaveLength(1);
  });
});

it('sums up a day once', async () => {
  const task: ScheduledTask = { task: 'daily-summary', time: at(30).toISOString() };

  await invoke(task);
  await invoke(task);

  const summary = JSON.parse(await read(`${FOLDER}/daily-summary.json`)) as DaySummary;
  expect(summary.dates).toHaveLength(8);
  const flights = summary.datasets.find(({ name }) => name === 'flights')!;
  expect(flights.day).toMatchObject({ runs: 4, failed: 2, rowsPublished: 90, rowsRead: 100 });
  const [mail, ...others] = await takeMails();
  expect(others).toEqual([]);
  expect(mail!.Subject).toBe(`[local] ${DATE}: 2 data sets, 4 failed runs`);
  expect(await read(`${FOLDER}/daily-summary.html`)).toContain('<h1>2 of 2 data sets need attention</h1>');
});

it('lets what it has done be forgotten', async () => {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: settings.monitoringTable }));
  const done = Items.filter(({ id }) => !id!.S!.startsWith('dataset#'));
  expect(done.length).toBeGreaterThan(10);
  for (const { expires_at: at } of done) expect(Number(at!.N)).toBeGreaterThan(Date.now() / 1000 + 13 * 86_400);
});
