import type { JobRun } from '@aws-sdk/client-glue';
import { PRICES } from '../modules/cost/prices';

/** What a run took, and what it was given. */
export interface Usage {
  /** Time in which it used resources, start-up not counted. */
  readonly seconds: number;
  readonly dpuHours: number;
  /** By the list price of its execution class. */
  readonly usd: number;
  /** The most that auto scaling could bring in; 0 if Glue does not say. */
  readonly workers: number;
  /** Such as G.1X; empty if Glue does not say. */
  readonly workerType: string;
  /** DPUs of all those workers. */
  readonly maxDpus: number;
  readonly isFlex: boolean;
}

export function usageOf(run: JobRun): Usage {
  const seconds = run.ExecutionTime ?? 0;
  const maxDpus = run.MaxCapacity ?? 0;
  // Glue gives DPUSeconds for runs that scale by themselves; others hold their capacity throughout.
  const dpuHours = (run.DPUSeconds ?? maxDpus * seconds) / 3600;
  const isFlex = run.ExecutionClass === 'FLEX';
  return {
    seconds,
    dpuHours,
    usd: dpuHours * (isFlex ? PRICES.glueFlexDpuHour : PRICES.glueDpuHour),
    workers: run.NumberOfWorkers ?? 0,
    workerType: run.WorkerType ?? '',
    maxDpus,
    isFlex,
  };
}
