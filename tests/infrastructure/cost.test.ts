import { TerraformResource, Testing } from 'cdktf';
import { loadEnvironment } from '../../environments';
import { COST_TAGS } from '../../modules/cost';
import type { DataSet } from '../../modules/contract/data-set';
import { PipelineStack } from '../../modules/pipeline-stack';
import { database, load, minimal, product } from '../unit/contract-files';
import { everyEnvironment, resources, synthesize } from './synth';

describe.each(everyEnvironment)('cost of %s', (name, stack) => {
  const [budget, ...others] = resources(stack, 'aws_budgets_budget');

  test('has one budget, of what carries its tag', () => {
    expect(others).toEqual([]);
    expect(budget).toMatchObject({
      name: `glue-etl-pipeline-${name}-monthly`,
      budget_type: 'COST',
      time_unit: 'MONTHLY',
      limit_amount: String(stack.environment.budget.monthlyUsd),
      limit_unit: 'USD',
      cost_filter: [{ name: 'TagKeyValue', values: [`user:Environment$${name}`] }],
    });
  });

  test('writes of what was spent and of what will be', () => {
    const types = budget!.notification.map(({ notification_type: type }: { notification_type: string }) => type);
    expect(new Set(types)).toEqual(new Set(['ACTUAL', 'FORECASTED']));
    for (const notification of budget!.notification) {
      expect(notification).toMatchObject({
        comparison_operator: 'GREATER_THAN',
        threshold_type: 'PERCENTAGE',
        subscriber_email_addresses: stack.environment.alertEmails,
      });
    }
  });
});

test('a budget without addresses has nobody to write to, which AWS would refuse', () => {
  const [budget] = resources(synthesize({ ...loadEnvironment('dev'), alertEmails: [] }, []), 'aws_budgets_budget');
  expect(budget!.notification).toBeUndefined();
});

test('tags are activated for costs only where the environment says so', () => {
  const dev = loadEnvironment('dev');
  const active = (costAllocationTags: boolean) =>
    resources(
      synthesize({ ...dev, account: { ...dev.account, costAllocationTags } }, []),
      'aws_ce_cost_allocation_tag',
    ).map(({ tag_key: key, status }) => [key, status]);
  expect(active(false)).toEqual([]);
  expect(active(true)).toEqual([...COST_TAGS].sort().map((key) => [key, 'Active']));
  for (const [, { environment }] of everyEnvironment) expect(environment.account.costAllocationTags).toBe(false);
});

test('every tag that costs are split by is one that resources have', () => {
  const [provider] = everyEnvironment[0]![1].provider.aws!;
  expect([...Object.keys(provider!.default_tags[0].tags), 'Dataset'].sort()).toEqual([...COST_TAGS].sort());
});

describe('all that a data set brings carries its name', () => {
  type Taggable = TerraformResource & { tagsInput?: Record<string, string> };

  /** The resources that may have tags, by their paths. */
  const taggable = (datasets: readonly DataSet[]) => {
    const prod = loadEnvironment('prod');
    const environment = { ...prod, network: { ...prod.network, databaseCidrs: ['10.1.0.0/16'] } };
    const stack = new PipelineStack(Testing.app(), environment, datasets);
    const nodes = stack.node
      .findAll()
      .filter((node): node is Taggable => node instanceof TerraformResource && 'tagsInput' in node);
    return new Map(nodes.map((node) => [node.node.path, node]));
  };

  test.each([
    ['files', { 'it.odcs.yaml': minimal('it') }],
    ['a database', { 'it.odcs.yaml': database('it') }],
    [
      'a query',
      { 'it.odcs.yaml': product('it', ['input']), 'input.odcs.yaml': minimal('input'), 'query.sql': 'SELECT 1' },
    ],
  ])('from %s', (_, files) => {
    const dataset = load(files).find(({ name }) => name === 'it')!;
    const other = { ...dataset, name: 'other' };
    const shared = taggable([other]);
    const own = [...taggable([other, dataset])].filter(([path]) => !shared.has(path));
    expect(own.length).toBeGreaterThan(10);
    const untagged = own.filter(([, { tagsInput }]) => tagsInput?.Dataset !== 'it').map(([path]) => path);
    expect(untagged).toEqual([]);
  });
});
