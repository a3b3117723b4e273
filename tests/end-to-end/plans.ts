import { readFileSync } from 'node:fs';
import path from 'node:path';

/** An attribute that a plan would change, or a resource that it would make, replace or delete. */
export interface Change {
  readonly address: string;
  readonly type: string;
  /** Of the resource in AWS, where it has one. */
  readonly name?: string;
  /** As Terraform says it: `update`, or `create/delete` and the like. */
  readonly action: string;
  /** With list elements as `[]`; of a resource that is replaced, those for which it is; else empty: all of it is meant. */
  readonly attribute: string;
  readonly before?: unknown;
  /** Undefined where it is known after the apply only. */
  readonly after?: unknown;
}

/** An attribute that the emulator does not answer as it was set, so that every plan would set it again. */
export interface NotReadBack {
  readonly type: string;
  readonly attribute: string;
  /** The one environment that shows it. @default every one that has the type */
  readonly environment?: string;
  readonly reason: string;
}

interface Plan {
  readonly resource_changes?: {
    readonly address: string;
    readonly type: string;
    readonly change: {
      readonly actions: string[];
      readonly before: unknown;
      readonly after: unknown;
      readonly after_unknown: unknown;
      readonly replace_paths?: (string | number)[][];
    };
  }[];
}

/** The kept list. */
export function notReadBack(): NotReadBack[] {
  return JSON.parse(readFileSync(path.join(__dirname, 'not-read-back.json'), 'utf8')) as NotReadBack[];
}

/** All that a plan would change, from what `terraform show -json` says of it. */
export function changesOf(json: string): Change[] {
  const { resource_changes = [] } = JSON.parse(json) as Plan;
  return resource_changes.flatMap(({ address, type, change }) => {
    const action = change.actions.join('/');
    if (['no-op', 'read'].includes(action)) return [];
    const { alarm_name, name = alarm_name } = (change.after ?? change.before) as Record<string, string | undefined>;
    const whole: Change = { address, type, name, action, attribute: '' };
    const replacing = (change.replace_paths ?? []).map((steps) => ({ ...whole, attribute: steps.join('.') }));
    if (action !== 'update') return replacing.length > 0 ? replacing : [whole];
    const differences = differencesOf(change.before, change.after, change.after_unknown);
    return differences.map((difference) => ({ ...whole, ...difference }));
  });
}

type Difference = Pick<Change, 'attribute' | 'before' | 'after'>;

function differencesOf(before: unknown, after: unknown, unknown: unknown, attribute = ''): Difference[] {
  if (unknown === true) return [{ attribute, before }];
  const isList = Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  if (isList || (isObject(before) && isObject(after))) {
    const [left, right, open] = [before, after, unknown ?? {}] as Record<string, unknown>[];
    const keys = new Set([...Object.keys(left!), ...Object.keys(right!), ...Object.keys(open!)]);
    const name = (key: string) => (isList ? `${attribute}[]` : attribute ? `${attribute}.${key}` : key);
    return [...keys].flatMap((key) => differencesOf(left![key], right![key], open![key], name(key)));
  }
  return JSON.stringify(before ?? null) === JSON.stringify(after ?? null) ? [] : [{ attribute, before, after }];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is left of a plan's changes without those that only the emulator is the reason for. */
export function ofOurs(changes: Change[], kept: readonly NotReadBack[]): Change[] {
  return changes.filter((change) => !kept.some((known) => isOf(known, change)));
}

/** Those of the list that the plan had no use for. */
export function stale(changes: Change[], kept: readonly NotReadBack[]): NotReadBack[] {
  return kept.filter((known) => !changes.some((change) => isOf(known, change)));
}

function isOf({ type, attribute }: NotReadBack, change: Change): boolean {
  return change.attribute !== '' && change.type === type && change.attribute === attribute;
}

/** How many resources change in which way: `type attribute` or, of whole resources, `type action`. */
export function counted(changes: Change[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type, attribute, action } of changes) {
    const name = action === 'update' ? `${type} ${attribute}` : `${type} ${action}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
