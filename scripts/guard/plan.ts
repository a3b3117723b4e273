import { readFileSync } from 'node:fs';
import { UsageError } from '../deploy/command';

/** A value in a plan; what is known only after the apply is absent from `after`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Value = any;

/** What a plan does to one resource. Source: Terraform, "JSON Output Format". */
export interface Change {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  /** Why it is replaced or deleted, such as `replace_because_tainted`: an apply was interrupted while it was made. */
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly ('no-op' | 'create' | 'read' | 'update' | 'delete' | 'forget')[];
    readonly before: Record<string, Value> | null;
    readonly after: Record<string, Value> | null;
    readonly after_unknown: Record<string, Value>;
    readonly replace_paths?: readonly (readonly (string | number)[])[];
  };
}

/** `terraform show -json PLAN`, as far as it is looked at here. */
export interface Plan {
  readonly format_version: string;
  readonly resource_changes?: readonly Change[];
  readonly prior_state?: { readonly values?: { readonly root_module?: { readonly resources?: readonly Value[] } } };
  readonly configuration?: { readonly root_module?: { readonly resources?: readonly Configured[] } };
}

/** A resource as it is configured: which other ones its arguments refer to. */
export interface Configured {
  readonly address: string;
  readonly expressions?: Readonly<Record<string, { readonly references?: readonly string[] }>>;
}

export type Kind = 'add' | 'change' | 'replace' | 'destroy';

/** @throws UsageError if the file is no plan in JSON */
export function readPlan(file: string): Plan {
  let plan: Plan;
  try {
    plan = JSON.parse(readFileSync(file, 'utf8')) as Plan;
  } catch (error) {
    throw new UsageError(`${file}: cannot be read as JSON: ${(error as Error).message}`);
  }
  if (typeof plan.format_version === 'string' && ('resource_changes' in plan || 'planned_values' in plan)) return plan;
  throw new UsageError(`${file}: must be what \`terraform show -json PLAN\` prints, with \`resource_changes\``);
}

/** What becomes of a resource; undefined if nothing does. */
export function kindOf({ mode, change: { actions } }: Change): Kind | undefined {
  if (mode !== 'managed') return undefined;
  if (actions.includes('delete')) return actions.includes('create') ? 'replace' : 'destroy';
  if (actions.includes('create')) return 'add';
  return actions.includes('update') ? 'change' : undefined;
}

/** Changes of managed resources. */
export function changes(plan: Plan): { readonly kind: Kind; readonly change: Change }[] {
  return (plan.resource_changes ?? []).flatMap((change) => {
    const kind = kindOf(change);
    return kind === undefined ? [] : [{ kind, change }];
  });
}

/** True if the environment has no resource yet. */
export function isNew({ prior_state }: Plan): boolean {
  return !prior_state?.values?.root_module?.resources?.some(({ mode }) => mode === 'managed');
}

/** How a resource is called where it is: its physical name, or else its id. */
export function physicalName({ name, change: { before, after } }: Change): string {
  const values = before ?? after ?? {};
  return values.bucket ?? values.name ?? values.id ?? name;
}
