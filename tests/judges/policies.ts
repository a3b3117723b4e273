import type { Block, Synthesized } from '../infrastructure/synth';

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';
/** The key of a second Region's data. */
export const SECOND_KEY = `arn:aws:kms:us-west-2:${ACCOUNT}:key/22222222-3333-4444-5555-666666666666`;

/** ARNs of resources that policies refer to, as they are once made: `name` is the resource's own. */
const ARNS: Record<string, (name: string) => string> = {
  aws_cloudwatch_event_rule: (name) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`,
  aws_cloudwatch_log_group: (name) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}`,
  aws_dynamodb_table: (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  aws_glue_connection: (name) => `arn:aws:glue:${REGION}:${ACCOUNT}:connection/${name}`,
  aws_iam_role: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  aws_kms_key: () => `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
  aws_s3_bucket: (name) => `arn:aws:s3:::${name}`,
  aws_secretsmanager_secret: (name) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-a1b2c3`,
  aws_security_group: () => `arn:aws:ec2:${REGION}:${ACCOUNT}:security-group/sg-11111111111111111`,
  aws_sns_topic: (name) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`,
  aws_sqs_queue: (name) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
  aws_subnet: () => `arn:aws:ec2:${REGION}:${ACCOUNT}:subnet/subnet-11111111111111111`,
  aws_vpc: () => `arn:aws:ec2:${REGION}:${ACCOUNT}:vpc/vpc-11111111111111111`,
};

/**
 * All policies of a stack but those that say who assumes a role, as AWS would get them, by the names of their documents.
 *
 * @throws Error that names a reference of which it is not known what it stands for
 */
export function policies(stack: Pick<Synthesized, 'resource' | 'data'>): Record<string, object> {
  const documents = Object.entries(stack.data['aws_iam_policy_document']!);
  const rendered = documents.map(([name, { statement }]) => [name, render(stack, statement)] as const);
  return Object.fromEntries(rendered.filter(([, { Statement }]) => Statement.every((each) => 'Resource' in each)));
}

/** The statements of each role's policies, as AWS would get them, by the role's name. */
export function statementsByRole(stack: Synthesized): Record<string, Rendered[]> {
  const { resource, data } = stack;
  const roles = resource['aws_iam_role'] ?? {};
  const byRole = Object.fromEntries(Object.values(roles).map(({ name }) => [name, [] as Rendered[]]));
  for (const { role, policy } of Object.values(resource['aws_iam_role_policy'] ?? {})) {
    const [, id] = /aws_iam_role\.([\w-]+)\./.exec(role)!;
    const [, document] = /aws_iam_policy_document\.([\w-]+)\./.exec(policy)!;
    byRole[roles[id!]!.name]!.push(...render(stack, data['aws_iam_policy_document']![document!]!.statement).Statement);
  }
  return byRole;
}

interface Rendered {
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource?: string | string[];
}

function render({ resource }: Pick<Synthesized, 'resource'>, statements: Block[]) {
  const text = (value: string) =>
    value.replace(/\$\{([^}]*)\}/g, (_, reference: string) => {
      if (reference === 'var.aws_region') return REGION;
      const [type, id, attribute] = reference.split('.') as [string, string, string];
      if (reference.startsWith('data.aws_caller_identity.')) return ACCOUNT;
      if (reference.startsWith('data.aws_partition.')) return 'aws';
      if (reference.startsWith('data.aws_kms_alias.')) return SECOND_KEY;
      const block = resource[type]?.[id];
      const name = block?.name ?? block?.bucket ?? id;
      if (block?.[attribute] !== undefined) return block[attribute];
      if (attribute === 'arn' && type in ARNS) return ARNS[type]!(name);
      if (attribute === 'id' && type in ARNS) return ARNS[type]!(name).split(/[:/]/).at(-1)!;
      throw new Error(`${reference} stands in a policy: tests/judges/policies.ts must say what it is`);
    });
  // Terraform's provider writes one value without a list, too.
  const texts = (values: string[] = []) => (values.length > 1 ? values.map(text) : text(values[0]!));
  return {
    Version: '2012-10-17',
    Statement: statements.map(({ effect = 'Allow', actions, resources, principals, condition }) => ({
      Effect: effect as string,
      Action: actions as string[],
      ...(resources && { Resource: texts(resources) }),
      ...(principals && { Principal: principalsOf(principals, texts) }),
      ...(condition && { Condition: conditionsOf(condition, texts) }),
    })),
  };
}

type Texts = (values: string[]) => string | string[];

function principalsOf(principals: Block[], texts: Texts): string | object {
  if (principals.some(({ type }) => type === '*')) return '*';
  return Object.fromEntries(principals.map(({ type, identifiers }) => [type, texts(identifiers)]));
}

function conditionsOf(conditions: Block[], texts: Texts): Record<string, object> {
  const byTest: Record<string, object> = {};
  for (const { test, variable, values } of conditions) byTest[test] = { ...byTest[test], [variable]: texts(values) };
  return byTest;
}
