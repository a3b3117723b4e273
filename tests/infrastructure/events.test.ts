import { loadEnvironment } from '../../environments';
import { load, minimal, product } from '../unit/contract-files';
import { everyEnvironment, resources, statements, synthesize, type Block, type Synthesized } from './synth';

const PROD = loadEnvironment('prod');
const DEAD_LETTERS = /aws_sqs_queue\.glue_undelivered/;

/** The policy of a queue, which stands in the queue or beside it. */
function policyOf(stack: Synthesized, queue: Block): string {
  const beside = resources(stack, 'aws_sqs_queue_policy').filter(({ queue_url }) => queue_url.includes(queue.address));
  const policies = [...(queue.policy ? [queue.policy] : []), ...beside.map(({ policy }) => policy)];
  expect(policies).toHaveLength(1);
  return policies[0];
}

/** The one resource of a list whose reference stands in a field of another. */
function referredTo(blocks: Block[], reference: string): Block {
  const found = blocks.filter(({ address }) => reference.includes(`\${${address}.`));
  expect([reference, found.length]).toEqual([reference, 1]);
  return found[0]!;
}

function pattern(rule: Block): Block {
  return JSON.parse(rule.event_pattern);
}

function ingestJobs(stack: Synthesized): Block[] {
  return resources(stack, 'aws_glue_job').filter(({ address }) => address.includes('_ingest-job_'));
}

describe.each(everyEnvironment)('events of %s', (name, stack) => {
  const queues = resources(stack, 'aws_sqs_queue');
  const rules = resources(stack, 'aws_cloudwatch_event_rule');
  const targets = resources(stack, 'aws_cloudwatch_event_target');

  test.each(queues.map((queue) => [queue.name, queue]))('queue %s is encrypted, and keeps for 14 days', (_, queue) => {
    expect(queue).toMatchObject({
      kms_master_key_id: expect.stringContaining('security_messages-key'),
      message_retention_seconds: 14 * 86_400,
    });
  });

  test.each(queues.map((queue) => [queue.name, queue]))('queue %s takes events alone, over TLS alone', (_, queue) => {
    const arn = expect.stringMatching(new RegExp(`^arn:.+:sqs:.+:${queue.name}$`));
    const policy = policyOf(stack, queue);
    const [allow, deny, ...others] = statements(stack).filter(({ document }) => policy.includes(document));
    expect(others).toEqual([]);
    expect(allow).toMatchObject({
      effect: 'Allow',
      actions: ['sqs:SendMessage'],
      resources: [arn],
      principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
      condition: [{ test: 'ArnLike', variable: 'aws:SourceArn', values: [expect.any(String)] }],
    });
    expect(deny).toMatchObject({
      effect: 'Deny',
      actions: ['sqs:*'],
      resources: [arn],
      principals: [{ type: '*', identifiers: ['*'] }],
      condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
    });
    const [sender] = allow!.condition[0].values;
    if (DEAD_LETTERS.test(queue.address)) expect(sender).toMatch(new RegExp(`:rule/glue-etl-pipeline-${name}-\\*$`));
    else expect(rules).toContainEqual(expect.objectContaining({ address: sender.slice(2, -'.arn}'.length) }));
  });

  test('what nobody deletes from a queue ends up in that of dead letters', () => {
    for (const queue of queues) {
      if (DEAD_LETTERS.test(queue.address)) continue;
      const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(queue.redrive_policy);
      expect([queue.name, deadLetterTargetArn]).toEqual([queue.name, expect.stringMatching(DEAD_LETTERS)]);
      expect(maxReceiveCount).toBeGreaterThan(1);
    }
  });

  test('every rule has one target', () => {
    const targeted = targets.map(({ rule }) => referredTo(rules, rule).name);
    expect(targeted.sort()).toEqual(rules.map((rule) => rule.name).sort());
  });

  test('what a queue or a workflow cannot be told is kept', () => {
    const delivered = targets.filter(({ arn }) => /aws_sqs_queue|aws_glue_workflow/.test(arn));
    expect(delivered).not.toHaveLength(0);
    for (const { dead_letter_config } of delivered) expect(dead_letter_config.arn).toMatch(DEAD_LETTERS);
  });

  test('every job that ingests files, and no other, has the queue that hears of its folder', () => {
    const files = ingestJobs(stack).filter(({ tags }) => tags.Dataset !== 'carrier_performance');
    expect(files.length).toBeGreaterThan(0);
    for (const { default_arguments, tags } of files) {
      const queue = referredTo(queues, default_arguments['--source_queue']);
      const target = targets.find(({ arn }) => arn.includes(queue.address))!;
      expect(pattern(referredTo(rules, target.rule))).toEqual({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: [`glue-etl-pipeline-${name}-source`] },
          object: { key: [{ prefix: `${tags.Dataset}/` }] },
        },
      });
    }
    const others = resources(stack, 'aws_glue_job').filter(
      (job) => !files.some(({ address }) => address === job.address),
    );
    for (const job of others) expect(job.default_arguments).not.toHaveProperty('--source_queue');
  });

  test('a product is told when an input has been curated', () => {
    const [target] = targets.filter(({ arn, rule }) => /workflow/.test(arn) && /published/.test(rule));
    expect(target).toMatchObject({
      arn: expect.stringContaining('aws_glue_workflow.glue_carrier_performance'),
      role_arn: expect.stringContaining('security_events-role'),
    });
    expect(pattern(referredTo(rules, target!.rule))).toEqual({
      source: ['aws.glue'],
      'detail-type': ['Glue Job State Change'],
      detail: {
        jobName: ['flights', 'airlines'].map((input) => `glue-etl-pipeline-${name}-curate-${input}`),
        state: ['SUCCEEDED'],
      },
    });
  });

  test('a product is told of its schedule too, where schedules are on', () => {
    const scheduled = rules.filter(({ schedule_expression, tags }) => schedule_expression && tags?.Dataset);
    const expected = stack.environment.glue.schedules ? [`glue-etl-pipeline-${name}-schedule-carrier_performance`] : [];
    expect(scheduled.map((rule) => rule.name)).toEqual(expected);
  });

  test('EventBridge may tell workflows, and do nothing else', () => {
    const [notify, ...others] = statements(stack).filter(({ document }) => document.startsWith('glue_events-perm'));
    expect(others).toEqual([]);
    expect(notify!.actions).toEqual(['glue:NotifyEvent']);
    expect(notify!.resources).toEqual([expect.stringMatching(new RegExp(`:workflow/glue-etl-pipeline-${name}-\\*$`))]);
  });

  test('ingest receives and deletes what is on the queues of sources', () => {
    const onQueues = statements(stack).filter(
      ({ document, actions }) => document.startsWith('glue_') && actions.some((action: string) => /^sqs:/.test(action)),
    );
    const [ingest, ...others] = onQueues.filter(({ principals }) => !principals);
    expect(others).toEqual([]);
    expect(ingest).toMatchObject({
      document: expect.stringMatching(/^glue_ingest-permissions/),
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:DeleteMessageBatch'],
      resources: [expect.stringMatching(new RegExp(`:glue-etl-pipeline-${name}-source-\\*$`))],
    });
  });
});

test('files in a bucket of another account are heard of the same way', () => {
  const foreign = minimal();
  foreign.servers = [
    { server: 'theirs', environment: 'prod', type: 's3', location: 's3://theirs/out/*.json', format: 'json' },
  ];
  const stack = synthesize(PROD, load({ 'orders.odcs.yaml': foreign }, 'prod'));
  const patterns = resources(stack, 'aws_cloudwatch_event_rule')
    .filter((rule) => rule.event_pattern)
    .map(pattern);
  expect(patterns).toContainEqual({
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { bucket: { name: ['theirs'] }, object: { key: [{ prefix: 'out/' }] } },
  });
  const read = statements(stack)
    .filter(({ document }) => document.startsWith('glue_ingest-orders_'))
    .filter(({ resources: named }) => named?.some((arn: string) => arn.includes(':theirs')))
    .map(({ actions, resources: named }) => [actions.join(), named[0].split(':').at(-1)]);
  expect(read).toEqual([
    ['s3:GetObject,s3:GetObjectTagging', 'theirs/out/*'],
    ['s3:ListBucket', 'theirs'],
    ['s3:ListBucket', 'theirs'],
  ]);
});

test('without products nobody reads curated tables but curate, optimizers and replication, and EventBridge may start nothing', () => {
  const stack = synthesize(PROD, load({ 'orders.odcs.yaml': inProd(minimal()) }, 'prod'));
  const readers = statements(stack)
    .filter(({ resources: named }) => named?.some((arn: string) => /_prod_curated|curated-bucket/.test(arn)))
    .map(({ document }) => document.split('_').slice(0, 2).join(' '));
  expect([...new Set(readers)].sort()).toEqual([
    'disaster-recovery back',
    'disaster-recovery there',
    'glue curate-permissions',
    'glue table-optimizer',
    'storage curated-bucket',
  ]);
  expect(resources(stack, 'aws_iam_role_policy').filter(({ address }) => /events/.test(address))).toEqual([]);
});

test('a product waits for as many events as it has inputs', () => {
  const inputs = ['orders', 'items', 'customers'];
  const contracts = inputs.map((id) => [`${id}.odcs.yaml`, inProd(minimal(id))]);
  const revenue = product('revenue', inputs, 'prod');
  const files = { ...Object.fromEntries(contracts), 'revenue.odcs.yaml': revenue, 'query.sql': 'SELECT 1 AS amount' };
  const stack = synthesize(PROD, load(files, 'prod'));
  const [trigger] = resources(stack, 'aws_glue_trigger').filter(({ type }) => type === 'EVENT');
  expect(trigger!.event_batching_condition).toEqual([{ batch_size: 3, batch_window: 900 }]);
});

function inProd(contract: Block): Block {
  const location = `s3://glue-etl-pipeline-prod-source/${contract.id}/*.csv`;
  contract.servers = [{ server: 'landing', environment: 'prod', type: 's3', location, format: 'csv' }];
  return contract;
}
