import type { Change, Plan, Value } from './plan';

/** One statement of a policy. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly string[];
  /** `NotAction`, `NotResource` or `NotPrincipal`, where it holds for all but what is named. */
  readonly exceptions: readonly string[];
  /** Test and variable of each condition, with the value where that is true or false. */
  readonly conditions: readonly string[];
}

/** The statements of a policy that is there, by the name of the argument that holds it. */
export function statementsBefore({ change }: Change, argument: string): Statement[] {
  return parse(change.before?.[argument]);
}

/** Those of the policy that will be; of its document in the plan, where the policy is known only after the apply. */
export function statementsAfter(plan: Plan, { address, change }: Change, argument: string): Statement[] {
  if (change.after_unknown[argument] !== true) return parse(change.after?.[argument]);
  const resource = plan.configuration?.root_module?.resources?.find((each) => each.address === address);
  const references = resource?.expressions?.[argument]?.references ?? [];
  return (plan.resource_changes ?? [])
    .filter((each) => each.type === 'aws_iam_policy_document' && references.includes(each.address))
    .flatMap((document) => list(document.change.after?.statement).map(fromDocument));
}

function parse(policy: Value): Statement[] {
  return typeof policy === 'string' && policy !== '' ? list(JSON.parse(policy).Statement).map(fromJson) : [];
}

function fromJson(statement: Record<string, Value>): Statement {
  const { Effect, Action, Resource, Principal, Condition = {} } = statement;
  return {
    effect: Effect,
    actions: list(Action),
    resources: list(Resource),
    principals: typeof Principal === 'object' ? Object.values(Principal).flatMap(list) : list(Principal),
    exceptions: ['NotAction', 'NotResource', 'NotPrincipal'].filter((name) => name in statement),
    conditions: Object.entries<Value>(Condition).flatMap(([test, variables]) =>
      Object.entries(variables).map(([variable, values]) => condition(test, variable, values)),
    ),
  };
}

/** A statement of Terraform's data source `aws_iam_policy_document`. */
function fromDocument(statement: Record<string, Value>): Statement {
  const exceptions = { not_actions: 'NotAction', not_resources: 'NotResource', not_principals: 'NotPrincipal' };
  return {
    effect: statement.effect ?? 'Allow',
    actions: list(statement.actions),
    resources: list(statement.resources),
    principals: list(statement.principals).flatMap(({ identifiers }) => list(identifiers)),
    exceptions: Object.entries(exceptions).flatMap(([key, name]) => (list(statement[key]).length > 0 ? [name] : [])),
    conditions: list(statement.condition).map(({ test, variable, values }) => condition(test, variable, values)),
  };
}

function condition(test: string, variable: string, values: Value): string {
  const switches = list(values).filter((value) => ['true', 'false'].includes(String(value)));
  return [test, variable, ...switches].join(' ');
}

function list(value: Value): Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
