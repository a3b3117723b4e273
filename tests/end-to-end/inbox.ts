import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Account, clientConfig } from '../../local/account';

/** What reached a subscriber of the topic. */
export interface Alert {
  /** Of the alarm; of a forwarded event, its first line. */
  readonly name: string;
  readonly text: string;
  /** When it came, in milliseconds. */
  readonly at: number;
}

/** A subscriber of a topic: a queue, as a pager's would be, that is emptied as it fills. */
export class Inbox {
  readonly alerts: Alert[] = [];
  private readonly closed = new AbortController();
  private reading: Promise<void> | undefined;

  private constructor(
    private readonly sns: SNSClient,
    private readonly sqs: SQSClient,
    private readonly queue: string,
    private readonly subscription: string,
  ) {}

  static async open(account: Account, topicArn: string): Promise<Inbox> {
    const [sns, sqs] = [new SNSClient(clientConfig(account)), new SQSClient(clientConfig(account))];
    const arn = topicArn.replace(':sns:', ':sqs:').replace(/[^:]+$/, 'pager');
    const allowed = { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage' };
    const fromTopic = { Resource: arn, Condition: { ArnEquals: { 'aws:SourceArn': topicArn } } };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...allowed, ...fromTopic }] });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'pager', Attributes: { Policy } }));
    const subscribe = new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: arn,
      ReturnSubscriptionArn: true,
    });
    const { SubscriptionArn } = await sns.send(subscribe);
    const inbox = new Inbox(sns, sqs, QueueUrl!, SubscriptionArn!);
    inbox.reading = inbox.read();
    return inbox;
  }

  /** The first alert of that name that has come since; waits for it. */
  async next(name: string | RegExp, since: number, seconds = 60): Promise<Alert> {
    const isIt = (alert: Alert) =>
      alert.at >= since && (typeof name === 'string' ? alert.name === name : name.test(alert.name));
    for (let waited = 0; waited < seconds * 1000; waited += 100) {
      const alert = this.alerts.find(isIt);
      if (alert) return alert;
      await sleep(100);
    }
    throw new Error(
      `No alert ${String(name)} within ${seconds} s; came: ${this.alerts.map((alert) => alert.name).join(', ')}`,
    );
  }

  async close(): Promise<void> {
    this.closed.abort();
    await this.reading;
    await this.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscription }));
    await this.sqs.send(new DeleteQueueCommand({ QueueUrl: this.queue }));
    this.sns.destroy();
    this.sqs.destroy();
  }

  private async read(): Promise<void> {
    const QueueUrl = this.queue;
    while (!this.closed.signal.aborted) {
      const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { Body, ReceiptHandle } of Messages) {
        const text = (JSON.parse(Body!) as { Message: string }).Message;
        this.alerts.push({ ...toAlert(text), at: Date.now() });
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      await sleep(200);
    }
  }
}

/** Alarms send JSON; what a rule makes of an event is a text, which JSON quotes. */
function toAlert(message: string): Pick<Alert, 'name' | 'text'> {
  if (!message.startsWith('{')) {
    const text = message.startsWith('"') ? (JSON.parse(message) as string) : message;
    return { name: text.split('\n')[0]!, text };
  }
  const { AlarmName, AlarmDescription, NewStateReason } = JSON.parse(message) as Record<string, string>;
  return { name: AlarmName!, text: `${AlarmDescription}\n${NewStateReason}` };
}
