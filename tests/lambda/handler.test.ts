import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import type { JobRunReport, JobStateChangeEvent } from '../../monitoring-lambda/report';
import { Account } from './account';
import { jobRun, jobStateChange, settings } from './factories';

let account: Account;
let queueUrl: string;
let handler: (event: JobStateChangeEvent) => Promise<void>;
let s3: S3Client;

beforeAll(async () => {
  account = await Account.start();
  s3 = new S3Client();
  await s3.send(new CreateBucketCommand({ Bucket: settings.reportsBucket }));
  await new DynamoDBClient().send(
    new CreateTableCommand({
      TableName: settings.jobStateTable,
      AttributeDefinitions: [{ AttributeName: 'job_name', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'job_name', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const { TopicArn } = await new SNSClient().send(new CreateTopicCommand({ Name: 'glue-etl-pipeline-local-alerts' }));
  queueUrl = (await account.sqs<{ QueueUrl: string }>('CreateQueue', { QueueName: 'operator' })).QueueUrl;
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:operator';
  await new SNSClient().send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  Object.assign(process.env, {
    ENVIRONMENT: settings.environment,
    ALERTS_TOPIC_ARN: TopicArn,
    REPORTS_BUCKET: settings.reportsBucket,
    METRIC_NAMESPACE: settings.metricNamespace,
    JOB_STATE_TABLE: settings.jobStateTable,
    GLUE_LOG_GROUP: settings.glueLogGroup,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  ({ handler } = await import('../../monitoring-lambda/handler'));
}, 30_000);

afterAll(() => account.stop());

async function readReport(jobName: string, jobRunId: string): Promise<JobRunReport> {
  const key = `reports/2013/01/01/${jobName}/${jobRunId}`;
  const html = await s3.send(new GetObjectCommand({ Bucket: settings.reportsBucket, Key: `${key}.html` }));
  expect(html.ContentType).toBe('text/html; charset=utf-8');
  const json = await s3.send(new GetObjectCommand({ Bucket: settings.reportsBucket, Key: `${key}.json` }));
  return JSON.parse(await json.Body!.transformToString()) as JobRunReport;
}

async function sumOf(metric: string, jobName: string): Promise<number | undefined> {
  const minute = 60_000;
  const { Datapoints } = await new CloudWatchClient().send(
    new GetMetricStatisticsCommand({
      Namespace: settings.metricNamespace,
      MetricName: metric,
      Dimensions: [{ Name: 'JobName', Value: jobName }],
      StartTime: new Date(Date.now() - 10 * minute),
      EndTime: new Date(Date.now() + minute),
      Period: 3600,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints?.reduce<number | undefined>((sum, { Sum = 0 }) => (sum ?? 0) + Sum, undefined);
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
  await new DynamoDBClient().send(new PutItemCommand({ TableName: settings.jobStateTable, Item }));
}

it('reports a run that succeeded, and sends no mail', async () => {
  const event = jobStateChange({ jobName: 'glue-etl-pipeline-local-curate-flights', jobRunId: 'jr_good' });
  const { jobName, jobRunId } = event.detail;
  account.jobRuns.set(jobRunId, jobRun());
  await putJobState(jobName, jobRunId, { read: 90, good: 90, quarantined: 0, duplicates: 0, published: 90 });

  await handler(event);

  expect(await readReport(jobName, jobRunId)).toMatchObject({ failed: false, counts: { published: 90 }, logLines: [] });
  expect(await sumOf('JobRunsSucceeded', jobName)).toBe(1);
  expect(await sumOf('JobRunsFailed', jobName)).toBe(0);
  expect(await sumOf('DurationSeconds', jobName)).toBe(270);
  expect(await sumOf('RowsPublished', jobName)).toBe(90);
  expect(await takeMails()).toEqual([]);
});

it('reports a run that failed with the end of its log, and sends one mail', async () => {
  const event = jobStateChange({ state: 'FAILED', jobRunId: 'jr_bad' });
  const { jobName, jobRunId } = event.detail;
  account.jobRuns.set(jobRunId, jobRun({ ErrorMessage: 'of Glue' }));
  await putJobState(jobName, jobRunId, { read: 100 }, 'column "tailnum" not found');
  await putLog(jobName, ['{"event":"started"}', '{"event":"failed"}']);

  await handler(event);

  const report = await readReport(jobName, jobRunId);
  expect(report).toMatchObject({
    failed: true,
    error: 'column "tailnum" not found',
    counts: { read: 100, good: null },
  });
  expect(report.logLines.map(({ message }) => message)).toEqual(['{"event":"started"}', '{"event":"failed"}']);
  const [mail, ...others] = await takeMails();
  expect(others).toEqual([]);
  expect(mail!.Subject).toBe('[local] flights: process failed');
  expect(mail!.Message).toContain(`s3://${settings.reportsBucket}/reports/2013/01/01/${jobName}/${jobRunId}.html`);
  expect(await sumOf('JobRunsFailed', jobName)).toBe(1);
});

it('reports a run that died before it wrote state or log', async () => {
  const event = jobStateChange({
    jobName: 'glue-etl-pipeline-local-ingest-planes',
    jobRunId: 'jr_dead',
    state: 'TIMEOUT',
  });
  const { jobName, jobRunId } = event.detail;
  account.jobRuns.set(jobRunId, jobRun({ ErrorMessage: 'Job run timed out' }));

  await handler(event);

  expect(await readReport(jobName, jobRunId)).toMatchObject({ error: 'Job run timed out', counts: { read: null } });
  expect(await takeMails()).toHaveLength(1);
  expect(await sumOf('RowsRead', jobName)).toBeUndefined();
});

it("leaves another environment's job alone", async () => {
  await handler(jobStateChange({ jobName: 'glue-etl-pipeline-prod-ingest-flights', jobRunId: 'jr_foreign' }));

  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: settings.reportsBucket }));
  expect(Contents.filter(({ Key }) => Key?.includes('jr_foreign'))).toEqual([]);
});

it('fails if it cannot do its work, so that Lambda tries again', async () => {
  await expect(handler(jobStateChange({ jobRunId: 'jr_unknown' }))).rejects.toThrow('no run jr_unknown');
});

async function putLog(jobName: string, messages: string[]): Promise<void> {
  const logs = new CloudWatchLogsClient();
  const stream = { logGroupName: settings.glueLogGroup, logStreamName: jobName };
  await logs.send(new CreateLogGroupCommand({ logGroupName: settings.glueLogGroup }));
  await logs.send(new CreateLogStreamCommand(stream));
  const logEvents = messages.map((message, index) => ({ message, timestamp: Date.now() + index }));
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
}
