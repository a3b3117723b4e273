import { ListTargetsByRuleCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { Clients } from '../../local/glue/clients';
import { EventBus, targetInput } from '../../local/glue/event-bus';

const event = { source: 'aws.glue', detail: { jobName: 'ingest', state: 'FAILED', count: 2 } };
const rule = { Name: 'on-failure' };

describe('input of a target', () => {
  test.each([
    ['the whole event', {}, JSON.stringify(event)],
    ['a constant', { Input: '{"a":1}' }, '{"a":1}'],
    ['a part', { InputPath: '$.detail' }, JSON.stringify(event.detail)],
    [
      'a text made of parts',
      {
        InputTransformer: {
          InputPathsMap: { job: '$.detail.jobName', count: '$.detail.count' },
          InputTemplate: '{"text": "<job> by <aws.events.rule-name>", "job": <job>, "count": <count>, "x": <unknown>}',
        },
      },
      '{"text": "ingest by on-failure", "job": "ingest", "count": 2, "x": <unknown>}',
    ],
  ])('is %s', (_, target, expected) => {
    expect(targetInput({ Id: '1', Arn: 'arn', ...target }, event, rule)).toBe(expected);
  });
});

describe('a workflow as target', () => {
  const Arn = 'arn:aws:glue:us-east-1:123456789012:workflow/product';
  const RoleArn = 'arn:aws:iam::123456789012:role/events';

  /** The workflows that an event reaches by a rule with that target. */
  async function reached(target: object, allowed: boolean): Promise<string[]> {
    const send = async (command: object) => {
      if (command instanceof ListTargetsByRuleCommand) return { Targets: [target] };
      if (command instanceof TestEventPatternCommand) return { Result: true };
      return { Rules: [{ Name: 'published', State: 'ENABLED', EventPattern: '{}' }] };
    };
    const allows = async (role: string, action: string, arn: string) =>
      allowed && role === RoleArn && action === 'glue:NotifyEvent' && arn === Arn;
    const bus = new EventBus({ events: { send }, allows, accountId: async () => '1' } as unknown as Clients, 'r');
    const workflows: string[] = [];
    bus.on('workflow', (name) => workflows.push(name));
    await bus.put('aws.glue', 'Glue Job State Change', {});
    return workflows;
  }

  test('is told by a role that may', async () => {
    expect(await reached({ Arn, RoleArn }, true)).toEqual(['product']);
  });

  test.each([
    ['a role that may not', { Arn, RoleArn }, false],
    ['nobody', { Arn }, true],
  ])('is not told by %s', async (_, target, allowed) => {
    const log = jest.spyOn(console, 'error').mockImplementation();
    expect(await reached(target, allowed)).toEqual([]);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('is not authorized to perform: glue:NotifyEvent'));
    log.mockRestore();
  });
});
