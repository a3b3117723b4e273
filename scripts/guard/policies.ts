import { statementsAfter, statementsBefore, type Statement } from './documents';
import { changes, type Change, type Plan } from './plan';
import type { Finding } from './rules';

/** Arguments that hold a policy in JSON, of roles, keys, buckets, queues, topics, endpoints and the like. */
const POLICY_ARGUMENTS = ['policy', 'assume_role_policy', 'access_policy', 'resource_policy', 'policy_document'];
const EVERYTHING = /^(\*|arn:[\w*-]+:[^/]*:\*)$/;

/**
 * Policies that come to allow all of something. Of a policy that is there already, each `*` more than it has; of a new one,
 * actions and principals alone, because for some actions AWS has no resource but `*`.
 */
export function wildcards(plan: Plan): Finding[] {
  return changes(plan).flatMap(({ change }) =>
    POLICY_ARGUMENTS.flatMap((argument) => {
      const had = grants(change, statementsBefore(change, argument));
      const isThere = typeof change.change.before?.[argument] === 'string';
      return [...grants(change, statementsAfter(plan, change, argument))]
        .filter((grant) => !had.has(grant) && (isThere || !grant.endsWith('on all resources')))
        .map((grant): Finding => ({ rule: 'policy-wildcard', address: change.address, text: `allows ${grant}` }));
    }),
  );
}

/** What statements allow all of, in words. */
function grants({ type }: Change, statements: readonly Statement[]): Set<string> {
  const isKey = type.startsWith('aws_kms_');
  // In the policy of a key, `*` is that key, and the account that owns it must be let do everything with it.
  const isAll = (resource: string) => EVERYTHING.test(resource) && !isKey;
  const isOwner = ({ principals }: Statement) => isKey && principals.every((principal) => principal.endsWith(':root'));
  const allowing = statements.filter((statement) => statement.effect === 'Allow' && !isOwner(statement));
  return new Set(
    allowing.flatMap(({ actions, resources, principals, exceptions, conditions }) => [
      ...actions.filter((action) => action.includes('*')).map((action) => `the actions ${action}`),
      ...(resources.some(isAll) ? actions.map((action) => `${action} on all resources`) : []),
      ...(principals.includes('*') && conditions.length === 0 ? actions.map((action) => `${action} to everybody`) : []),
      ...exceptions.map((name) => `all but what its ${name} names`),
    ]),
  );
}
