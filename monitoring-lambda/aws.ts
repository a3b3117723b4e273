import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, GetLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import { type AttributeValue, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetJobRunCommand, GlueClient, type JobRun } from '@aws-sdk/client-glue';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from './alert';
import { COUNTS, type Counts, type JobState, type LogLine, type Metric } from './report';

const LOG_LINES = 40;

const cloudwatch = new CloudWatchClient();
const logs = new CloudWatchLogsClient();
const dynamodb = new DynamoDBClient();
const glue = new GlueClient();
const s3 = new S3Client();
const sns = new SNSClient();

/** What Glue knows of a run. */
export async function getJobRun(jobName: string, jobRunId: string): Promise<JobRun> {
  const { JobRun } = await glue.send(new GetJobRunCommand({ JobName: jobName, RunId: jobRunId }));
  if (!JobRun) {
    throw new Error(`Glue has no run ${jobRunId} of job ${jobName}`);
  }
  return JobRun;
}

/** What the job itself last wrote about a run; null if it never wrote anything. */
export async function getJobState(table: string, jobName: string): Promise<JobState | null> {
  const { Item: item } = await dynamodb.send(
    new GetItemCommand({ TableName: table, Key: { job_name: { S: jobName } }, ConsistentRead: true }),
  );
  if (!item) {
    return null;
  }
  return {
    jobRunId: item['job_run_id']?.S ?? '',
    batches: item['batches']?.L?.map((batch) => batch.S ?? '') ?? [],
    counts: toCounts(item['counts']?.M ?? {}),
    error: item['error']?.S ?? null,
  };
}

function toCounts(attributes: Record<string, AttributeValue>): Counts {
  const counts = COUNTS.map((name) => [name, attributes[name]?.N ? Number(attributes[name].N) : null]);
  return Object.fromEntries(counts) as Counts;
}

/** The last lines that a job wrote to its journal since `since`; none if it did not get that far. */
export async function getLastLogLines(group: string, jobName: string, since: Date): Promise<LogLine[]> {
  try {
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: jobName,
        startTime: since.getTime(),
        limit: LOG_LINES,
      }),
    );
    return events.map(({ timestamp = 0, message = '' }) => ({ at: new Date(timestamp).toISOString(), message }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return [];
    }
    throw error;
  }
}

/** Writes a text object. */
export async function putText(bucket: string, key: string, contentType: string, body: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ContentType: contentType, Body: body }));
}

/** Writes metrics with the one dimension `JobName`. */
export async function putMetrics(namespace: string, jobName: string, metrics: readonly Metric[]): Promise<void> {
  const dimensions = [{ Name: 'JobName', Value: jobName }];
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: metrics.map(({ name, value, unit }) => ({
        MetricName: name,
        Value: value,
        Unit: unit,
        Dimensions: dimensions,
      })),
    }),
  );
}

/** Sends a message to those who subscribed to a topic. */
export async function publish(topicArn: string, alert: Alert): Promise<void> {
  await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: alert.subject, Message: alert.message }));
}
