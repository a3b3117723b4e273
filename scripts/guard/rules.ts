import { dataLoss, jobBookmarks } from './data';
import { encryption } from './encryption';
import { networkPaths } from './network';
import { isNew, type Plan } from './plan';
import { wildcards } from './policies';
import { UsageError } from '../deploy/command';

/** What each rule refuses. */
export const RULES = {
  'data-loss': 'deletes or replaces a bucket, a table, a key, a log group or something else that holds data',
  'job-replacement': 'replaces a Glue job, with which its bookmark goes',
  'network-path': 'opens a way to or from anywhere, or a bucket to the public',
  'policy-wildcard': 'widens a policy to every action, resource or principal',
  encryption: "takes away or weakens a bucket's encryption, or a statement that refuses what is not encrypted",
} as const;

export type Rule = keyof typeof RULES;

/** One thing that a plan does and a rule refuses. */
export interface Finding {
  readonly rule: Rule;
  readonly address: string;
  /** What it does, from a verb on. */
  readonly text: string;
  /** Whether it is about what an apply that was interrupted has left half made. */
  readonly isHalfMade?: boolean;
}

export interface Verdict {
  /** What keeps the plan from being applied. */
  readonly refused: readonly Finding[];
  readonly acknowledged: readonly Finding[];
  /** What would be refused if the environment existed: a new one has nothing yet that could be harmed. */
  readonly initial: readonly Finding[];
}

/** Rules whose subject is that something which exists gets wider. */
const RULES_OF_CHANGE: readonly Rule[] = ['network-path', 'policy-wildcard'];

/**
 * Judges a plan.
 *
 * @param acknowledgements `ADDRESS`, for all that is found there, or `ADDRESS:RULE`
 * @param isFirst whether the environment has never been deployed as a whole @default whether it has no resource yet
 * @throws UsageError that lists the findings if an acknowledgement is for none of them
 */
export function judge(plan: Plan, acknowledgements: readonly string[] = [], isFirst = isNew(plan)): Verdict {
  const findings = [dataLoss, jobBookmarks, networkPaths, wildcards, encryption].flatMap((rule) => rule(plan));
  const names = ({ address, rule }: Finding) => [address, `${address}:${rule}`];
  const unused = acknowledgements.filter((each) => !findings.some((finding) => names(finding).includes(each)));
  if (unused.length > 0) {
    const known = findings.map(({ address, rule }) => `${address}:${rule}`).join(', ') || 'none';
    throw new UsageError(`The guard has found nothing that ${unused.join(', ')} acknowledges; its findings: ${known}`);
  }
  const isInitial = ({ rule, isHalfMade }: Finding) => isFirst && (isHalfMade || RULES_OF_CHANGE.includes(rule));
  const isAcknowledged = (finding: Finding) => names(finding).some((name) => acknowledgements.includes(name));
  const open = findings.filter((finding) => !isInitial(finding));
  return {
    refused: open.filter((finding) => !isAcknowledged(finding)),
    acknowledged: open.filter(isAcknowledged),
    initial: findings.filter(isInitial),
  };
}

export function describe({ rule, address, text }: Finding): string {
  return `${address} ${text} (${rule})`;
}

/** What is said of a plan that is refused: how to let pass what is meant to happen. */
export function refusal({ refused }: Verdict): string {
  const examples = refused.map(({ address }) => `\n  --acknowledge '${address}'`);
  return [
    'The guard refuses this plan:',
    ...refused.map((finding) => `  ${describe(finding)}`),
    `What is meant to happen is named:${[...new Set(examples)].join('')}`,
  ].join('\n');
}
