import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeAlarmsCommand, type AlarmType } from '@aws-sdk/client-cloudwatch';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import {
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { TEST_MARK } from '../../modules/delivery/own-policies';
import type { Target } from './target';

const POLL_SECONDS = 5;

const queuePrefix = ({ naming }: Target) => naming.queue(TEST_MARK);

async function topicArn({ sns, naming }: Target): Promise<string> {
  for (let NextToken: string | undefined; ;) {
    const page = await sns.send(new ListTopicsCommand({ NextToken }));
    const topic = page.Topics?.find(({ TopicArn }) => TopicArn?.endsWith(`:${naming.alertsTopic}`));
    if (topic) return topic.TopicArn!;
    if (!page.NextToken) throw new Error(`There is no topic ${naming.alertsTopic}: is the environment deployed?`);
    NextToken = page.NextToken;
  }
}

/** Whether an alarm is raised within so many seconds. */
export async function isRaised(
  { cloudwatch }: Target,
  name: string,
  type: AlarmType,
  seconds: number,
): Promise<boolean> {
  const command = new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: [type] });
  for (const end = Date.now() + seconds * 1000; ;) {
    const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(command);
    if ([...MetricAlarms, ...CompositeAlarms].some(({ StateValue }) => StateValue === 'ALARM')) return true;
    if (Date.now() >= end) return false;
    await sleep(POLL_SECONDS * 1000);
  }
}

/** What the alerts topic sends, by a queue that `removeQueues` deletes. */
export class Alerts {
  private constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {}

  static async subscribe(target: Target): Promise<Alerts> {
    const topic = await topicArn(target);
    const QueueName = `${queuePrefix(target)}${Date.now()}`;
    const queueArn = topic.replace(':sns:', ':sqs:').replace(/[^:]+$/, QueueName);
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queueArn,
          Condition: { ArnEquals: { 'aws:SourceArn': topic } },
        },
      ],
    };
    const Attributes = { Policy: JSON.stringify(policy), SqsManagedSseEnabled: 'true' };
    const { QueueUrl } = await target.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    await target.sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: queueArn }));
    return new Alerts(target.sqs, QueueUrl!);
  }

  /** Waits for an alert whose text matches; undefined if none has come in time. */
  async next(pattern: RegExp, seconds: number): Promise<string | undefined> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.queueUrl, WaitTimeSeconds: POLL_SECONDS, MaxNumberOfMessages: 10 }),
      );
      const found = Messages.find(({ Body = '' }) => pattern.test(Body));
      if (found) return found.Body;
    }
    return undefined;
  }
}

/** Deletes the queues of all tests, and their subscriptions. */
export async function removeQueues(target: Target): Promise<void> {
  const topic = await topicArn(target);
  for (let NextToken: string | undefined; ;) {
    const page = await target.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic, NextToken }));
    const own = page.Subscriptions?.filter(({ Endpoint = '' }) => Endpoint.includes(`:${queuePrefix(target)}`)) ?? [];
    for (const { SubscriptionArn } of own) await target.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    if (!page.NextToken) break;
    NextToken = page.NextToken;
  }
  const { QueueUrls = [] } = await target.sqs.send(new ListQueuesCommand({ QueueNamePrefix: queuePrefix(target) }));
  for (const QueueUrl of QueueUrls) await target.sqs.send(new DeleteQueueCommand({ QueueUrl }));
}
