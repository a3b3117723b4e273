import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { paths } from '../../local/paths';
import type { PolicyDocument } from '../../scripts/deploy-policy/policies';
import { judge } from './judge';

const LARGEST_POLICY = 6144;
const policy = JSON.parse(
  execFileSync(
    path.join(paths.root, 'scripts/dr.sh'),
    ['policy', '--environment', 'prod', '--account', '123456789012'],
    {
      encoding: 'utf8',
    },
  ),
) as PolicyDocument;

/** What AWS limits to no resource: lists, of which the commands pick their own, and metrics, which have a namespace. */
const UNLIMITED = [
  'glue:GetJobs',
  'glue:GetTriggers',
  'events:ListRules',
  'cloudwatch:GetMetricData',
  'cloudwatch:PutMetricData',
];

test('the policy of whoever fails over fits into one managed policy', () => {
  expect(JSON.stringify(policy).length).toBeLessThanOrEqual(LARGEST_POLICY);
});

test('it names actions one by one, and what they are on wherever AWS lets it', () => {
  const everywhere = policy.Statement.filter(({ Resource }) => Resource.includes('*')).flatMap(({ Action }) => Action);
  expect(everywhere).toEqual(UNLIMITED);
  expect(policy.Statement.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  const others = policy.Statement.flatMap(({ Resource }) => Resource).filter(
    (resource) => resource !== '*' && !/glue[-_]etl[-_]pipeline[-_]prod|:key\/\*$|:catalog$/.test(resource),
  );
  expect(others).toEqual([]);
});

test('every action exists, and has a resource of the kind that it is allowed on', () => {
  const lines = execFileSync(judge('python'), ['-W', 'ignore', path.join(__dirname, 'lint_policies.py')], {
    input: JSON.stringify({ operator: policy }),
    encoding: 'utf8',
  });
  // The linter's list of conditions is older than this one.
  expect(lines.split('\n').filter((line) => line && !line.includes('kms:ResourceAliases'))).toEqual([]);
});
