import type { Estimate } from '../../modules/cost/estimate';
import type { Origin } from '../../scripts/deploy/origin';
import { toMarkdown, toText, type Summarized } from '../../scripts/deploy/summary';
import type { Change, Plan } from '../../scripts/guard/plan';
import { judge } from '../../scripts/guard/rules';

type Values = Change['change']['before'];

function change(
  type: string,
  actions: Change['change']['actions'],
  before: Values,
  after: Values,
  more: object = {},
): Change {
  const name = before?.name ?? after?.name ?? 'it';
  const changed = { actions, before, after, after_unknown: {}, ...more };
  return { address: `${type}.${type.split('_').at(-1)}`, mode: 'managed', type, name: `${name}-id`, change: changed };
}

const LINE = { service: 'S3', item: 'raw', quantity: 1, unit: 'GB', unitUsd: 0.023, usd: 12.5 };
const bill = (usd: number) =>
  ({ environment: 'dev', months: 12, usd, lines: [{ ...LINE, usd }] }) as unknown as Estimate;

/** What is said of a plan with these changes, in an environment that has something already. */
function summarized(resource_changes: Change[], changes: Partial<Summarized> = {}): Summarized {
  const prior_state = { values: { root_module: { resources: [{ mode: 'managed' }] } } };
  const plan: Plan = { format_version: '1.2', resource_changes, prior_state };
  const where = { environment: 'dev', region: 'eu-west-1', commit: 'abc', madeAt: '2026-11-26T12:00:00Z' };
  const origin = { ...where, estimate: bill(20) } as unknown as Origin;
  return { plan, origin, verdict: judge(plan), deployed: bill(12.5), ...changes };
}

const ALL = [
  change('aws_s3_bucket', ['create'], null, { bucket: 'new' }),
  change(
    'aws_sns_topic',
    ['update'],
    { name: 'alerts', a: 1, b: [] },
    { name: 'alerts', a: 2, b: [] },
    { after_unknown: { c: true, d: [] } },
  ),
  change(
    'aws_dynamodb_table',
    ['delete', 'create'],
    { name: 'ledger' },
    { name: 'ledger' },
    { replace_paths: [['hash_key']] },
  ),
  change('aws_kms_alias', ['delete'], { name: 'alias/data' }, null),
  change('aws_sqs_queue', ['no-op'], { name: 'same' }, { name: 'same' }),
];

describe('the summary of a plan', () => {
  test('says what happens to what, the gravest first', () => {
    expect(toText(summarized(ALL))).toBe(`dev in eu-west-1: 1 to add, 1 to change, 1 to replace, 1 to destroy

Refused by the guard (1)
  aws_dynamodb_table.table replaces ledger: its items: the ledger of batches, or the state of jobs would be lost (data-loss)

Data at risk (1)
  aws_dynamodb_table.table replaces ledger: its items: the ledger of batches, or the state of jobs would be lost

Replaced (1)
  aws_dynamodb_table.table (ledger) because of hash_key

Destroyed (1)
  aws_kms_alias.alias (alias/data)

Changed (1)
  aws_sns_topic.topic (alerts): a, c

Added (1)
  aws_s3_bucket.bucket (new)

Cost a month (2)
  $20.00, after 12 months of data; +$7.50 to what is deployed
  S3: raw +$7.50`);
  });

  test('says of a first deployment that nothing is deployed yet', () => {
    const text = toText(summarized([], { deployed: undefined }));
    expect(text).toContain('  $20.00, after 12 months of data; nothing is deployed yet');
  });

  test('is short in a terminal, and whole in Markdown', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      ...change('aws_s3_bucket', ['create'], null, { bucket: `b-${index}` }),
      address: `aws_s3_bucket.b_${index}`,
    }));
    const [text, markdown] = [toText(summarized(many)), toMarkdown(summarized(many))];
    expect(text).toContain('  … and 18 more');
    expect(text).not.toContain('aws_s3_bucket.b_29');
    expect(markdown).toContain('<details><summary><b>Added</b> (30)</summary>');
    expect(markdown).toContain('- `aws_s3_bucket.b_29` (b-29)');
  });

  test('is not broken by names that Markdown knows', () => {
    const markdown = toMarkdown(summarized([change('aws_sns_topic', ['create'], null, { name: '<b>|*_x_*' })]));
    expect(markdown).toContain('- `aws_sns_topic.topic` (\\<b\\>\\|\\*\\_x\\_\\*)');
  });
});
