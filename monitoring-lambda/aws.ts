import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type Dimension, type MetricName, METRICS } from './metrics';

/** Throttled calls are tried again with growing pauses, all within the function's timeout. */
const RETRIES = { maxAttempts: 8 };

export const cloudwatch = new CloudWatchClient(RETRIES);
export const logs = new CloudWatchLogsClient(RETRIES);
export const dynamodb = new DynamoDBClient(RETRIES);
/** Few calls of Glue are allowed a second, of all who call it in the account: it is asked no faster than it answers. */
export const glue = new GlueClient({ ...RETRIES, retryMode: 'adaptive' });
export const s3 = new S3Client(RETRIES);
const sns = new SNSClient(RETRIES);
export const clients = [cloudwatch, logs, dynamodb, glue, s3, sns];

/** The items in lists of so many at most. */
export function chunks<T>(size: number, items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Does `work` on each item, on so many at a time; answers come in the order of the items. */
export async function mapAtOnce<T, R>(limit: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Reads a text object. */
export async function getText(uri: string): Promise<string> {
  const { host, pathname } = new URL(uri);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: host, Key: pathname.slice(1) }));
  return Body!.transformToString();
}

export interface TextObject {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
}

const CONTENT_TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  txt: 'text/plain; charset=utf-8',
};

/** Writes a text object, of the type that its key ends in. */
export async function putText({ bucket, key, body }: TextObject, condition: object = {}): Promise<void> {
  const ContentType = CONTENT_TYPES[key.split('.').at(-1)!];
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ContentType, Body: body, ...condition }));
}

/** Writes a text object unless what stands there is of a later time; of several that write at once, the latest stays. */
export async function putLatest(object: TextObject, at: string): Promise<void> {
  const Metadata = { at };
  let condition: object = { IfNoneMatch: '*' };
  while (!(await isWritten(putText(object, { ...condition, Metadata })))) {
    const found = await s3.send(new HeadObjectCommand({ Bucket: object.bucket, Key: object.key }));
    if ((found.Metadata?.['at'] ?? '') >= at) return;
    condition = { IfMatch: found.ETag };
  }
}

async function isWritten(put: Promise<void>): Promise<boolean> {
  try {
    await put;
    return true;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'PreconditionFailed' || name === 'ConditionalRequestConflict') return false;
    throw error;
  }
}

/** A value of a metric, for one series of it. */
export interface Datum {
  readonly name: MetricName;
  readonly value: number;
  readonly dimension: Dimension;
  /** Name of the job or the data set. */
  readonly of: string;
}

/** Of one call of PutMetricData. */
export const MOST_DATA = 1000;

/** Writes values of the metrics of the catalogue, `MOST_DATA` at most, all of one instant: all of them, or none. */
export async function putMetrics(namespace: string, data: readonly Datum[], at: Date): Promise<void> {
  const MetricData = data.map(({ name, value, dimension, of }) => ({
    MetricName: name,
    Value: value,
    Unit: METRICS[name].unit,
    Timestamp: at,
    Dimensions: [{ Name: dimension, Value: of }],
  }));
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }));
}

/** A message for people. */
export interface Mail {
  readonly subject: string;
  readonly message: string;
}

/** SNS refuses a longer subject, and one with a line break; and a message beyond 256 KiB. */
const SUBJECT_LENGTH = 99;
const MESSAGE_LENGTH = 60_000;

/** Sends a message to those who subscribed to a topic. */
export async function publish(topicArn: string, { subject, message }: Mail): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject.replaceAll('\n', ' ').slice(0, SUBJECT_LENGTH),
      Message: message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}\n…` : message,
    }),
  );
}
