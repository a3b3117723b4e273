import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { environmentNames, loadEnvironment } from '../../environments';
import { NEEDS } from '../../scripts/deploy-policy/needs';
import { placeOf } from '../../scripts/deploy-policy/place';
import { deployPolicies } from '../../scripts/deploy-policy/policies';
import { everyEnvironment } from '../infrastructure/synth';
import { judge } from './judge';

/** What a managed policy holds. */
const LARGEST = 6144;

const place = (environment: string) =>
  placeOf(loadEnvironment(environment), { region: 'us-east-1', account: '123456789012' });
const policies = Object.fromEntries(
  everyEnvironment.map(([name, stack]) => [name, deployPolicies(Object.keys(stack.resource), place(name))]),
);

/** Whoever deploys has all policies of an environment: where they are divided says nothing of what is allowed. */
const together = (list: ReturnType<typeof deployPolicies>) => ({
  ...list[0],
  Statement: list.flatMap(({ Statement }) => Statement),
});

test.each(environmentNames())('the policies of %s fit into managed policies', (name) => {
  const sizes = policies[name]!.map((policy) => JSON.stringify(policy).length);
  expect(sizes.every((size) => size <= LARGEST)).toBe(true);
  // A user, or a role, has no more than ten.
  expect(sizes.length).toBeLessThanOrEqual(4);
});

test('every action exists, and has a resource of the kind that it is allowed on', () => {
  // With what is needed for types that no stack of now has.
  const rest = deployPolicies(Object.keys(NEEDS), place('dev'));
  const all = Object.entries({ ...policies, rest }).map(([name, list]) => [name, together(list)]);
  const lines = execFileSync(judge('python'), ['-W', 'ignore', path.join(__dirname, 'lint_policies.py')], {
    input: JSON.stringify(Object.fromEntries(all)),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const findings = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  // AWS Config has one recorder, whose ARN ends in an id of AWS's own.
  const open = findings.filter(({ issue, about }) => !(issue === 'RESOURCE_STAR' && /^config:\w+Recorder/.test(about)));
  expect(open).toEqual([]);
});

test('a type of which it is not known what it needs is an error', () => {
  expect(() => deployPolicies(['aws_s3_bucket', 'aws_mq_broker'], place('dev'))).toThrow(
    'scripts/deploy-policy/needs.ts must say what is needed to deploy aws_mq_broker',
  );
});

test('nothing is allowed on what other environments have', () => {
  const resources = policies.dev!.flatMap(({ Statement }) => Statement.flatMap(({ Resource }) => Resource));
  expect(resources.filter((resource) => /pipeline[-_](?!dev)/.test(resource))).toEqual([]);
});

test('replicas are allowed in the second Region, of an environment that has one alone', () => {
  const allowed = (environment: string, action: string) =>
    policies[environment]!.flatMap(({ Statement }) => Statement)
      .filter(({ Action }) => Action.includes(action))
      .flatMap(({ Resource }) => Resource);
  const table = 'arn:aws:dynamodb:us-west-2:123456789012:table/glue-etl-pipeline-prod*';
  expect(allowed('prod', 'dynamodb:CreateTableReplica')).toEqual([table]);
  expect(allowed('prod', 'dynamodb:DescribeTable')).toContain(table);
  expect(allowed('prod', 'kms:CreateGrant')).toContain('arn:aws:kms:us-west-2:123456789012:key/*');
  for (const environment of environmentNames().filter((name) => !loadEnvironment(name).disasterRecovery))
    expect(allowed(environment, 'dynamodb:CreateTableReplica')).toEqual([]);
});
