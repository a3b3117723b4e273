import type { Environment } from '../../environments/schema';
import type { DataSet } from '../contract/data-set';
import { STAGES } from '../naming';
import { runsPerMonth } from './workload';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Attributes = Readonly<Record<string, any>>;

export interface EstimateInput {
  readonly environment: Environment;
  readonly datasets: readonly DataSet[];
  /** Resources of the stack, as Terraform reads them, by type and id. */
  readonly resources: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  /** For how many months data has come in. */
  readonly months: number;
}

/** One item of a bill: so many units at that price. */
export interface Item {
  readonly service: string;
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  readonly unitUsd: number;
}

/** Makes the items of one service. */
export function itemsOf(service: string) {
  return (item: string, quantity: number, unit: string, unitUsd: number): Item => ({
    ...{ service, item, quantity, unit, unitUsd },
  });
}

export function all({ resources }: EstimateInput, type: string): Attributes[] {
  return Object.values(resources[type] ?? {});
}

export function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

/** Runs of all jobs in a month: each run of a workflow is one of each. In a Region that stands by there are none. */
export function jobRuns({ environment, datasets }: EstimateInput): number {
  return environment.standby ? 0 : STAGES.length * sum(datasets, runsPerMonth);
}
