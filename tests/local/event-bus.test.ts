import { targetInput } from '../../local/glue/event-bus';

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
