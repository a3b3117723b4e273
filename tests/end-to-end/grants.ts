import { readFileSync } from 'node:fs';
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';

/** One action on one pattern of resources that a policy of a role allows, on whatever condition. */
export interface Grant {
  /** Without the prefix that the roles of an environment share. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** What a role was seen to do, or to be refused. */
export interface Decision extends Grant {
  readonly session: string;
  readonly allowed: boolean;
}

/** Why grants are needed that the measured run has no use for; `*` stands for any characters, or none. */
export interface Unexercised {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: string;
}

const PREFIX = 'glue-etl-pipeline-local-';

/** All grants of the roles of environment `local`, as IAM holds them; the same one in several statements is one. */
export async function grantsOfRoles(iam: IAMClient): Promise<Grant[]> {
  const { Roles = [] } = await iam.send(new ListRolesCommand());
  const names = Roles.map(({ RoleName }) => RoleName!).filter((name) => name.startsWith(PREFIX));
  const grants = await Promise.all(names.map((name) => grantsOf(iam, name)));
  return [...new Map(grants.flat().map((grant) => [JSON.stringify(grant), grant])).values()];
}

async function grantsOf(iam: IAMClient, RoleName: string): Promise<Grant[]> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const documents = await Promise.all(
    PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
  );
  const statements = documents.flatMap(
    ({ PolicyDocument }) => (JSON.parse(decodeURIComponent(PolicyDocument!)) as { Statement: Statement[] }).Statement,
  );
  return statements.flatMap(({ Action, Resource }) =>
    list(Action).flatMap((action) =>
      list(Resource).map((resource) => ({ role: RoleName.slice(PREFIX.length), action, resource })),
    ),
  );
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

const list = (value: string | string[]) => (Array.isArray(value) ? value : [value]);

/** What the emulator's IAM has decided of the roles, from its record. */
export function decisionsIn(file: string): Decision[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { principal, ...decision } = JSON.parse(line) as { principal: string; action: string } & Decision;
      // arn:aws:sts::<account>:assumed-role/<role>/<session>, or arn:aws:iam::<account>:role/<role>
      const [, role, session = ''] = principal.split('/') as [string, string, string?];
      return { ...decision, role: role.slice(PREFIX.length), session };
    });
}

/** Whether the pattern of each field covers what stands there. */
export function covers(pattern: Grant, grant: Grant): boolean {
  return (['role', 'action', 'resource'] as const).every((field) => glob(pattern[field]).test(grant[field]));
}

const globs = new Map<string, RegExp>();

function glob(pattern: string): RegExp {
  const known = globs.get(pattern);
  if (known) return known;
  const text = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const made = new RegExp(`^${text}$`, 'i');
  globs.set(pattern, made);
  return made;
}
