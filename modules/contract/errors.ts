import type { z } from 'zod';

/** One broken rule of a contract. */
export interface Problem {
  readonly file: string;
  /** Path of the field, such as `schema[0].properties[3].physicalType`; empty for the file as a whole. */
  readonly field: string;
  /** What must hold, with the values that are allowed where they can be listed. */
  readonly rule: string;
  /** What the contract says instead; undefined where it says nothing, or too much to be quoted. */
  readonly value?: unknown;
}

export type Path = readonly PropertyKey[];
/** Takes note of a broken rule of the contract at hand, and lets the check go on. */
export type Report = (path: Path, rule: string, value?: unknown) => void;

/** Contracts that cannot be used. The message has a line for each problem of each file. */
export class ContractError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super([`Data contracts with problems: ${problems.length}`, ...problems.map(toLine)].join('\n'));
    this.name = 'ContractError';
  }
}

function toLine({ file, field, rule, value }: Problem): string {
  const place = field === '' ? file : `${file}: ${field}`;
  return `  ${place}: ${rule}${value === undefined ? '' : `, got: ${JSON.stringify(value)}`}`;
}

/** `['schema', 0, 'name']` → `schema[0].name` */
export function toField(path: Path): string {
  return path.reduce<string>((field, key) => {
    if (typeof key === 'number') return `${field}[${key}]`;
    return field === '' ? String(key) : `${field}.${String(key)}`;
  }, '');
}

/** What zod found wrong in `contract`, one call of `report` per field. */
export function reportIssues(issues: readonly z.core.$ZodIssue[], contract: unknown, report: Report): void {
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      issue.keys.forEach((key) => report([...issue.path, key], issue.message));
    } else {
      const value = valueAt(contract, issue.path);
      report(issue.path, toRule(issue, value), isQuotable(value) ? value : undefined);
    }
  }
}

/** A rule that zod found broken, in the words of these messages. */
function toRule(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_union' && 'options' in issue && issue.options) {
    return value === undefined ? `is missing; ${oneOf(issue.options)}` : oneOf(issue.options);
  }
  if (issue.code === 'invalid_value') {
    return value === undefined ? `is missing; ${oneOf(issue.values)}` : oneOf(issue.values);
  }
  if (issue.code === 'invalid_type') {
    return value === undefined ? `is missing; must be of type ${issue.expected}` : `must be of type ${issue.expected}`;
  }
  return issue.message;
}

/** Rule that lists the values that are allowed. */
export function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? `must be ${String(values[0])}` : `must be one of ${values.join(', ')}`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);
}

function isQuotable(value: unknown): boolean {
  return value === null || typeof value !== 'object' || JSON.stringify(value).length <= 80;
}
