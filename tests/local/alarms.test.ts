import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  Dimension,
  PutCompositeAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Account, clientConfig, startAccount } from '../../local/account';
import { paths } from '../../local/paths';
import { until } from './fake-engine';

const directory = mkdtempSync(path.join(os.tmpdir(), 'alarms-'));
let account: Account;
let cloudwatch: CloudWatchClient;
let sqs: SQSClient;
let topic: string;
let inbox: string;

/** The AWS CLI, as an operator has it. */
const aws = (...parameters: string[]) =>
  JSON.parse(
    execFileSync(path.join(paths.venv, 'aws'), ['--output', 'json', 'cloudwatch', ...parameters], {
      env: { ...process.env, ...account.environment },
      encoding: 'utf8',
    }) || 'null',
  ) as Record<string, Record<string, unknown>[]>;

/** What an alarm of the metric Errors looks at, in the form of the command line. */
const ALARM = [
  ...['--metric-name', 'Errors', '--namespace', 'mine', '--statistic', 'Sum', '--period', '600'],
  ...['--evaluation-periods', '1', '--threshold', '1', '--comparison-operator', 'GreaterThanOrEqualToThreshold'],
];

const put = (Value: number, ...Dimensions: Dimension[]) =>
  cloudwatch.send(
    new PutMetricDataCommand({ Namespace: 'mine', MetricData: [{ MetricName: 'Errors', Value, Dimensions }] }),
  );
const of = (Value: string): Dimension => ({ Name: 'Job', Value });

/** Names of alarms that have told the topic since last asked: as many as are expected, and those of a while after them. */
async function told(expected = 0): Promise<string[]> {
  const names: string[] = [];
  const receive = async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: inbox, MaxNumberOfMessages: 10 }));
    for (const { Body, ReceiptHandle } of Messages) {
      names.push(JSON.parse(JSON.parse(Body!).Message).AlarmName);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: inbox, ReceiptHandle }));
    }
    return names.length >= expected;
  };
  await until(receive);
  await sleep(3000);
  await receive();
  return names;
}

beforeAll(async () => {
  account = await startAccount({ fresh: true, region: 'us-east-1', directory });
  const config = clientConfig(account);
  cloudwatch = new CloudWatchClient(config);
  sqs = new SQSClient(config);
  const sns = new SNSClient(config);
  topic = (await sns.send(new CreateTopicCommand({ Name: 'alerts' }))).TopicArn!;
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:inbox';
  const allowed = { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...allowed, Resource: Endpoint }] });
  inbox = (await sqs.send(new CreateQueueCommand({ QueueName: 'inbox', Attributes: { Policy } }))).QueueUrl!;
  await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint }));
  for (const job of ['one', 'two'])
    aws(
      'put-metric-alarm',
      '--alarm-name',
      job,
      ...ALARM,
      '--dimensions',
      `Name=Job,Value=${job}`,
      '--treat-missing-data',
      'notBreaching',
    );
  await cloudwatch.send(
    new PutCompositeAlarmCommand({ AlarmName: 'any', AlarmRule: 'ALARM(one) OR ALARM(two)', AlarmActions: [topic] }),
  );
});

afterAll(async () => {
  await account.stop();
  rmSync(directory, { recursive: true });
});

const stateOf = async (name: string) =>
  (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms![0]!.StateValue;

test('an alarm of the account looks at its own dimensions, and a composite one tells of it once', async () => {
  expect(await told()).toEqual([]);
  await put(1);
  await put(1, of('three'));
  await put(1, of('one'), { Name: 'Other', Value: 'more' });
  expect(await told()).toEqual([]);
  await put(1, of('one'));
  await put(1, of('one'));
  expect(await told(1)).toEqual(['any']);
  expect([await stateOf('one'), await stateOf('two')]).toEqual(['ALARM', 'OK']);
  await put(1, of('two'));
  expect(await told()).toEqual([]);
  await put(-2, of('one'));
  await put(-1, of('two'));
  await until(async () => (await stateOf('one')) === 'OK' && (await stateOf('two')) === 'OK');
});

test('is told whole', () => {
  const { MetricAlarms } = aws('describe-alarms', '--alarm-names', 'one');
  expect(MetricAlarms).toMatchObject([
    {
      AlarmName: 'one',
      ...{ MetricName: 'Errors', Period: 600, EvaluationPeriods: 1, Threshold: 1, TreatMissingData: 'notBreaching' },
      Dimensions: [{ Name: 'Job', Value: 'one' }],
    },
  ]);
});

test('and looks at queues', async () => {
  const queue = ['--dimensions', 'Name=QueueName,Value=dead', '--alarm-actions', topic];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  const metric = ALARM.map((word) => ({ Errors: 'ApproximateNumberOfMessagesVisible', mine: 'AWS/SQS' })[word] ?? word);
  aws('put-metric-alarm', '--alarm-name', 'letters', ...metric, ...queue);
  expect(await told()).toEqual([]);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'lost' }));
  expect(await told(1)).toEqual(['letters']);
});
