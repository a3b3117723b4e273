import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App } from 'cdktf';
import { environmentNames, loadEnvironment } from '../../environments';
import { repository } from '../../environments/repository';
import { paths } from '../../local/paths';
import { loadDataSets } from '../../modules/contract';
import { DeliveryStack } from '../../modules/delivery';
import { deploymentOf } from '../../modules/delivery/deployment';
import type { PolicyDocument } from '../../modules/delivery/policies';
import { Naming } from '../../modules/naming';
import { PipelineStack } from '../../modules/pipeline-stack';
import { workflows } from '../delivery/workflows';
import { resources, type Block, type Synthesized } from './synth';

const GITHUB = 'token.actions.githubusercontent.com';
/** Characters of a managed policy, and how many of them a role may have. Source: IAM user guide, "IAM and AWS STS quotas". */
const LARGEST_POLICY = 6144;
const MOST_POLICIES = 10;
const PROVIDER =
  /^\$\{aws_iam_openid_connect_provider\.[^}]*\}$|:oidc-provider\/token\.actions\.githubusercontent\.com$/;
const ACCOUNT = '123456789012';
const PURPOSES = ['plan', 'deploy', 'test'] as const;

type Stack = Pick<Synthesized, 'naming' | 'resource' | 'data'>;

/** The stack of an environment's roles, as Terraform reads it. */
function synthesize(environment: string): Stack {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'delivery-'));
  try {
    const [app, naming, loaded] = [new App({ outdir }), new Naming(environment), loadEnvironment(environment)];
    const datasets = loadDataSets(path.join(paths.root, 'datasets'), environment, naming);
    const pipeline = new PipelineStack(app, loaded, datasets);
    const stack = new DeliveryStack(app, loaded, repository, deploymentOf(pipeline, loaded));
    app.synth();
    const file = path.join(outdir, 'stacks', stack.node.id, 'cdk.tf.json');
    return { naming, ...JSON.parse(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

const deployed = environmentNames().filter((name) => !loadEnvironment(name).provider.emulated);
const stacks = deployed.map((name): [string, Stack] => [name, synthesize(name)]);

const trusts = (stack: Stack) =>
  resources(stack as Synthesized, 'aws_iam_role').map(({ name, assume_role_policy: trust }) => {
    const [, id] = /aws_iam_policy_document\.([\w-]+)\.json/.exec(trust)!;
    return { name, statements: stack.data['aws_iam_policy_document']![id!]!.statement as Block[] };
  });

/** The policies of one of the roles. */
function policies(stack: Stack, purpose: string): PolicyDocument[] {
  const own = `${stack.naming.resource(`delivery-${purpose}-policy`)}-`;
  return resources(stack as Synthesized, 'aws_iam_policy')
    .filter(({ name }) => name.startsWith(own))
    .map(({ policy }) =>
      JSON.parse(policy.replaceAll(/\$\{data\.aws_caller[^}]*\}/g, ACCOUNT).replaceAll(/\$\{[^}]*\}/g, 'us-east-1')),
    );
}

describe.each(stacks)('the roles of the workflows of %s', (environment, stack) => {
  const subjects = (purpose: string): string[] => {
    const found = trusts(stack).find(({ name }) => name === stack.naming.role(`delivery-${purpose}`))!;
    return found.statements[0]!.condition.find(({ variable }: Block) => variable === `${GITHUB}:sub`).values;
  };

  test('are three', () => {
    expect(
      trusts(stack)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(PURPOSES.map((purpose) => stack.naming.role(`delivery-${purpose}`)).sort());
  });

  test('trust tokens that GitHub made for this repository, and say so in full', () => {
    for (const { statements } of trusts(stack)) {
      expect(statements).toHaveLength(1);
      const { actions, principals, condition } = statements[0]!;
      expect(actions).toEqual(['sts:AssumeRoleWithWebIdentity']);
      expect(principals).toEqual([{ type: 'Federated', identifiers: [expect.stringMatching(PROVIDER)] }]);
      expect(condition.map(({ test: operator, variable }: Block) => [operator, variable])).toEqual([
        ['StringEquals', `${GITHUB}:aud`],
        ['StringEquals', `${GITHUB}:sub`],
      ]);
      for (const value of condition.flatMap(({ values }: Block) => values)) expect(value).not.toMatch(/[*?]/);
      for (const subject of condition[1].values) expect(subject.startsWith(`repo:${repository.subject}:`)).toBe(true);
    }
  });

  test('that change anything are for the environment of GitHub alone', () => {
    for (const purpose of ['deploy', 'test'])
      expect(subjects(purpose)).toEqual([`repo:${repository.subject}:environment:${environment}`]);
  });

  test('plan for pull requests, the branch that is deployed, and at night', () => {
    const branches = new Set([repository.branches[environment] ?? repository.defaultBranch, repository.defaultBranch]);
    const refs = [...branches].map((branch) => `repo:${repository.subject}:ref:refs/heads/${branch}`);
    expect(subjects('plan')).toEqual([`repo:${repository.subject}:pull_request`, ...refs]);
  });

  test('a plan reads, and holds the lock', () => {
    const lock = ['dynamodb:PutItem', 'dynamodb:DeleteItem'];
    const writes = policies(stack, 'plan').flatMap(({ Statement }) =>
      Statement.flatMap(({ Action, Resource }) =>
        Action.filter((action) => !/:(Get|List|Describe|Head|View|BatchGet|Query)|^kms:Decrypt$/.test(action)).map(
          (action) => ({ action, Resource }),
        ),
      ),
    );
    expect(writes.map(({ action }) => action)).toEqual(lock);
    for (const { Resource } of writes) expect(Resource).toEqual([expect.stringContaining(stack.naming.lockTable)]);
  });

  test('may not change their own rights', () => {
    const denied = policies(stack, 'deploy').flatMap(({ Statement }) =>
      Statement.filter(({ Effect }) => Effect === 'Deny'),
    );
    expect(denied).toEqual([
      expect.objectContaining({
        Action: ['iam:*'],
        Resource: ['role', 'policy'].map((kind) =>
          expect.stringContaining(`:${kind}/${stack.naming.prefix}-delivery-*`),
        ),
      }),
    ]);
    for (const purpose of ['plan', 'test'])
      expect(JSON.stringify(policies(stack, purpose))).not.toMatch(/iam:(Put|Attach|Create|Update|Delete|Pass)/);
  });

  test('have policies that IAM takes', () => {
    for (const purpose of PURPOSES) {
      const own = policies(stack, purpose);
      expect(own.length).toBeLessThanOrEqual(MOST_POLICIES);
      for (const policy of own) expect(JSON.stringify(policy).length).toBeLessThanOrEqual(LARGEST_POLICY);
    }
  });

  test('allow no action by a pattern', () => {
    const allowed = PURPOSES.flatMap((purpose) => policies(stack, purpose)).flatMap(({ Statement }) => Statement);
    const patterns = allowed.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
    expect(patterns.filter((action) => action.includes('*'))).toEqual([]);
  });
});

test('pushes deploy from the branches that the roles trust', () => {
  const { push } = workflows.pipeline!.on as { push: { branches: string[] } };
  expect(deployed).toEqual(expect.arrayContaining(Object.keys(repository.branches)));
  expect([...new Set(Object.values(repository.branches))]).toEqual(push.branches);
});
