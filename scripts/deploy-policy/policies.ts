import { NEEDS, OWN_NEEDS, SECOND_REGION_NEEDS } from './needs';
import type { Need, Place } from './place';

/** Characters of a managed policy, spaces not counted. Source: IAM user guide, "IAM and AWS STS quotas". */
const LARGEST_POLICY = 6144;

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }[];
}

/**
 * The least that deploys, changes and destroys resources of these types: as many policies as their size asks for.
 *
 * @throws Error that names the types of which it is not known what they need
 */
export function deployPolicies(types: readonly string[], place: Place): PolicyDocument[] {
  const unknown = types.filter((type) => NEEDS[type] === undefined);
  if (unknown.length > 0) {
    throw new Error(`scripts/deploy-policy/needs.ts must say what is needed to deploy ${unknown.join(', ')}`);
  }
  const byResources = new Map<string, Set<string>>();
  const add = (where: Place, { actions, on }: Need) => {
    for (const action of actions) {
      // One service to a statement: a reader looks for a service.
      const key = JSON.stringify([action.split(':')[0], [...on(where)].sort()]);
      byResources.set(key, (byResources.get(key) ?? new Set()).add(action));
    }
  };
  for (const need of [...OWN_NEEDS, ...types.flatMap((type) => NEEDS[type]!)]) add(place, need);
  if (place.secondRegion !== undefined) {
    const there = { ...place, region: place.secondRegion };
    for (const need of types.flatMap((type) => SECOND_REGION_NEEDS[type] ?? [])) add(there, need);
  }
  const statements = [...byResources]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, actions]) => ({
      Effect: 'Allow' as const,
      Action: [...actions].sort(),
      Resource: (JSON.parse(key) as [string, string[]])[1],
    }));
  return pack(statements);
}

/** Fills one policy after the other. */
function pack(statements: PolicyDocument['Statement']): PolicyDocument[] {
  const policies: PolicyDocument[] = [];
  for (const statement of statements) {
    const last = policies.at(-1);
    const longer = { Version: '2012-10-17' as const, Statement: [...(last?.Statement ?? []), statement] };
    if (last !== undefined && JSON.stringify(longer).length <= LARGEST_POLICY) policies[policies.length - 1] = longer;
    else policies.push({ Version: '2012-10-17', Statement: [statement] });
  }
  return policies;
}
