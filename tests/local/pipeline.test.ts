import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { runWorkflows } from '../../local/workflow-runs';
import { Naming, STAGES } from '../../modules/naming';
import { database, load, minimal, product } from '../unit/contract-files';
import { service } from './fake-engine';

const naming = new Naming('local');
const DATASETS = load({
  'a.odcs.yaml': product('best', ['revenue']),
  'orders.odcs.yaml': minimal('orders'),
  'query.sql': 'SELECT 1 AS amount',
  'revenue.odcs.yaml': product('revenue', ['orders', 'stock']),
  'stock.odcs.yaml': database('stock'),
});

/** Runs the pipeline on a Glue service whose jobs end at once; answers the states of the stages of each data set. */
async function run(failing: string[] = []): Promise<Record<string, string>> {
  const glue = service();
  for (const { name, source } of DATASETS) {
    const WorkflowName = naming.workflow(name);
    glue.call('CreateWorkflow', { Name: WorkflowName, MaxConcurrentRuns: 1 });
    STAGES.forEach((stage, index) => {
      const Name = naming.job(stage, name);
      glue.createJob(Name, failing.includes(Name) ? 'exit 1' : 'exit 0');
      const trigger = { Name, WorkflowName, Actions: [{ JobName: Name }], StartOnCreation: true };
      const Conditions = [{ JobName: naming.job(STAGES[index - 1] ?? stage, name), State: 'SUCCEEDED' }];
      const EventBatchingCondition = { BatchSize: source.type === 'query' ? source.inputs.length : 1 };
      const start = source.type === 'query' ? { Type: 'EVENT', EventBatchingCondition } : { Type: 'ON_DEMAND' };
      const next = { Type: 'CONDITIONAL', Predicate: { Conditions } };
      glue.call('CreateTrigger', { ...trigger, ...(index === 0 ? start : next) });
    });
  }
  // What the rules of the products do.
  glue.jobRuns.on('ended', ({ run }) => {
    if (run.JobRunState !== 'SUCCEEDED') return;
    for (const { name, source } of DATASETS) {
      const inputs = source.type === 'query' ? source.inputs : [];
      if (inputs.some((input) => run.JobName === naming.job('curate', input))) {
        setTimeout(() => glue.workflows.notify(naming.workflow(name)), 100);
      }
    }
  });
  const client = {
    send: async ({ constructor, input }: { constructor: { name: string }; input: object }) =>
      glue.call(constructor.name.replace(/Command$/, ''), input),
  };
  const results = await runWorkflows(
    client as unknown as GlueClient,
    { send: async () => ({}) } as unknown as DynamoDBClient,
    naming,
    DATASETS,
    () => undefined,
    new AbortController().signal,
  );
  const states = Object.entries(results).map(([name, stages]) => [name, STAGES.map((stage) => stages[stage].state)]);
  return Object.fromEntries(states.map(([name, list]) => [name, [...new Set(list)].join()]));
}

test('data sets run by hand, and products by the events of their inputs, one after the other', async () => {
  expect(await run()).toEqual({ best: 'SUCCEEDED', orders: 'SUCCEEDED', revenue: 'SUCCEEDED', stock: 'SUCCEEDED' });
});

test('a product of an input that fails is not waited for', async () => {
  expect(await run([naming.job('ingest', 'stock')])).toEqual({
    best: 'NOT_STARTED',
    orders: 'SUCCEEDED',
    revenue: 'NOT_STARTED',
    stock: 'FAILED,NOT_STARTED',
  });
});
