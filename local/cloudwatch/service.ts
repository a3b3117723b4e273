import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, PutCompositeAlarmInput, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Answer, pass, readAll, Relay } from '../glue/relay';
import { Alarms } from './alarms';
import { Call, readCall } from './protocols';
import { emitQueueMetrics } from './queues';

/** How often alarms are evaluated. AWS does so every minute. */
const POLL_MILLISECONDS = 1000;

type Put = PutMetricAlarmInput | PutCompositeAlarmInput;

/**
 * Stands before the emulator's CloudWatch: keeps alarms whole that the AWS CLI and Terraform put, evaluates them, and passes
 * on all else. The emulator is given each without a period to evaluate, and so leaves its state alone.
 */
export class CloudWatchService {
  private readonly puts: Record<string, Put>;
  private readonly alarms: Alarms;

  /** @param file keeps the alarms */
  constructor(
    private readonly file: string,
    private readonly relay: Relay,
    private readonly cloudwatch: CloudWatchClient,
    private readonly sqs: SQSClient,
  ) {
    this.puts = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Put>) : {};
    this.alarms = new Alarms(cloudwatch);
  }

  /** Evaluates alarms until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.evaluate().catch((error: Error) => console.error(`Alarms were not evaluated: ${error.stack}`));
      await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }

  handle = (request: IncomingMessage, response: ServerResponse): void => {
    this.answer(request)
      .then((answer) => pass(answer, response))
      .catch((error: Error) => {
        console.error(error);
        response.writeHead(500).end();
      });
  };

  private async evaluate(): Promise<void> {
    const alarms = Object.values(this.puts).filter((put): put is PutMetricAlarmInput => !('AlarmRule' in put));
    const queues = alarms.filter(({ Namespace }) => Namespace === 'AWS/SQS').map(({ Dimensions }) => Dimensions![0]!);
    await emitQueueMetrics(this.sqs, this.cloudwatch, new Set(queues.map(({ Value }) => Value!)));
    await this.alarms.evaluate(alarms);
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const body = await readAll(request);
    const call = readCall(request.headers, body);
    if (call?.action === 'PutMetricAlarm') return this.putMetricAlarm(request, body, call);
    const answer = await this.relay.ask(request, body);
    if (!call || answer.status !== 200) return answer;
    if (call.action === 'PutCompositeAlarm') this.keep(call);
    if (call.action === 'DeleteAlarms') this.forget(call.input.AlarmNames as string[]);
    return call.action === 'DescribeAlarms' ? this.describe(call, answer) : answer;
  }

  /** A caller other than root is judged by the call that it signed, before root makes the one that evaluates nothing. */
  private async putMetricAlarm(request: IncomingMessage, body: Buffer, call: Call): Promise<Answer> {
    if (!request.headers.authorization?.includes('Credential=test/')) {
      const answer = await this.relay.ask(request, body);
      if (answer.status !== 200) return answer;
    }
    const answer = await this.relay.askAsRoot(request, call.with('EvaluationPeriods', 0));
    if (answer.status === 200) this.keep(call);
    return answer;
  }

  private keep({ input }: Call): void {
    const put = Object.entries(input).filter(([name]) => name !== 'Tags');
    const name = String(input.AlarmName);
    this.puts[name] = Object.fromEntries(put) as unknown as Put;
    this.changed([name]);
  }

  private forget(names: readonly string[]): void {
    for (const name of names) delete this.puts[name];
    this.changed(names);
  }

  private changed(names: readonly string[]): void {
    names.forEach((name) => this.alarms.forget(name));
    writeFileSync(this.file, JSON.stringify(this.puts));
  }

  /** The emulator leaves out most of what was put. */
  private describe(call: Call, answer: Answer): Answer {
    const body = call.completed(answer.body, (alarm) => ({ ...alarm, ...this.puts[String(alarm.AlarmName)] }));
    const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name !== 'content-length'));
    return { ...answer, headers, body };
  }
}
