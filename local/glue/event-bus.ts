import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  ListRulesCommand,
  ListTargetsByRuleCommand,
  Rule,
  Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PublishCommand } from '@aws-sdk/client-sns';
import { Clients } from './clients';

type Event = Record<string, unknown>;

/**
 * Delivers events of an AWS service to the targets of the rules that they match. The emulator, like AWS, lets no account
 * put events of source `aws.…`; here it judges the match, and the delivery is made for it. Emits `workflow` with the name
 * of a workflow that is a target.
 */
export class EventBus extends EventEmitter<{ workflow: [string] }> {
  constructor(
    private readonly clients: Clients,
    private readonly region: string,
  ) {
    super();
  }

  async put(source: string, detailType: string, detail: Record<string, unknown>): Promise<void> {
    const { clients, region } = this;
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source,
      account: await clients.accountId(),
      time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: [],
      detail,
    };
    const { Rules = [] } = await clients.events.send(new ListRulesCommand({}));
    for (const rule of Rules) {
      if (!(await matches(clients, rule, event))) continue;
      const { Targets = [] } = await clients.events.send(new ListTargetsByRuleCommand({ Rule: rule.Name }));
      for (const target of Targets) {
        await this.deliver(target, targetInput(target, event, rule)).catch((error: Error) =>
          console.error(`Event for ${target.Arn} of rule ${rule.Name} is lost: ${error.message}`),
        );
      }
    }
  }

  private async deliver({ Arn = '', RoleArn }: Target, input: string): Promise<void> {
    const { lambda, sns } = this.clients;
    const [service, name] = [Arn.split(':')[2], Arn.split('/').at(-1)!];
    if (service === 'lambda') {
      await lambda.send(new InvokeCommand({ FunctionName: Arn, InvocationType: 'Event', Payload: input }));
    } else if (service === 'sns') {
      await sns.send(new PublishCommand({ TopicArn: Arn, Message: input }));
    } else if (service === 'glue') {
      const mayNotify = RoleArn !== undefined && (await this.clients.allows(RoleArn, 'glue:NotifyEvent', Arn));
      if (!mayNotify) throw new Error(`role ${RoleArn} is not authorized to perform: glue:NotifyEvent`);
      this.emit('workflow', name);
    } else {
      throw new Error(`targets of ${service} are not supported here`);
    }
  }
}

async function matches({ events }: Clients, { State, EventPattern }: Rule, event: Event): Promise<boolean> {
  if (State !== 'ENABLED' || !EventPattern) return false;
  const { Result } = await events.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(event) }));
  return Boolean(Result);
}

/** What a target is given: the event, a part of it, a constant, or a text made of parts of it. */
export function targetInput(target: Target, event: Event, rule: Rule): string {
  if (target.Input) return target.Input;
  if (target.InputPath) return JSON.stringify(valueAt(event, target.InputPath));
  if (!target.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate = '' } = target.InputTransformer;
  const values: Record<string, unknown> = {
    'aws.events.rule-name': rule.Name,
    'aws.events.rule-arn': rule.Arn,
    'aws.events.event.json': event,
    ...Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, valueAt(event, path)])),
  };
  // Within quotes a string stands as it is; elsewhere every value stands as JSON.
  return InputTemplate.replace(/<([\w.-]+)>/g, (placeholder, name: string, offset: number) => {
    if (!(name in values)) return placeholder;
    const quotes = InputTemplate.slice(0, offset).match(/(?<!\\)"/g)?.length ?? 0;
    const json = JSON.stringify(values[name] ?? null);
    return quotes % 2 === 1 ? json.replace(/^"|"$/g, '') : json;
  });
}

/** Value at a path such as `$.detail.state`. */
function valueAt(event: Event, path: string): unknown {
  const keys = path
    .replace(/^\$\.?/, '')
    .split('.')
    .filter(Boolean);
  return keys.reduce<unknown>((value, key) => (value as Event | undefined)?.[key], event);
}
