import type { Profile } from './profile';
import { recommend, type Recommendation } from './recommendation';
import { known, median, quantile } from './statistics';
import type { Usage } from './usage';

/** A run of the same job before this one, that succeeded and did something. */
export interface PastRun extends Usage, Profile {
  readonly id: string;
  readonly startedAt: string;
  /** Rows that it read; null where rows are not counted. */
  readonly rows: number | null;
}

/** What the contract and the deployment say that bears on how a job should run. */
export interface Expectations {
  /** Hours after which what was published is too old; null if nothing is promised. */
  readonly latencyHours: number | null;
  readonly lateAfterMinutes: number;
}

export type FigureName = 'seconds' | 'rowsPerSecond' | 'dpuHours' | 'heapPercent' | 'skew' | 'utilization';

/** A figure of the run beside the same of the runs before it. Null is what was not measured. */
export interface Comparison {
  readonly name: FigureName;
  readonly value: number | null;
  readonly median: number | null;
  readonly p95: number | null;
}

/** How a run compares to the job's own history. */
export interface Performance {
  readonly comparisons: readonly Comparison[];
  /** The run's duration as a ratio to the 95th percentile of the runs before; null if there are too few of them. */
  readonly durationOfP95: number | null;
  /** The runs before it, the oldest first, and it: for a chart. */
  readonly durations: readonly { readonly startedAt: string; readonly seconds: number }[];
  readonly recommendation: Recommendation | null;
}

/** Of fewer runs neither a percentile nor a recommendation is made. */
export const LEAST_RUNS = 10;

/** Compares a run with those before it, the latest first, and says what would make the job better, if the figures do. */
export function analyse(run: PastRun, past: readonly PastRun[], expectations: Expectations): Performance {
  const isEnough = past.length >= LEAST_RUNS;
  const p95 = quantile(
    past.map(({ seconds }) => seconds),
    0.95,
  );
  return {
    comparisons: Object.entries(FIGURES).map(([name, of]) => compare(name as FigureName, of, run, past)),
    durationOfP95: isEnough && p95 ? run.seconds / p95 : null,
    durations: [...[...past].reverse(), run].map(({ startedAt, seconds }) => ({ startedAt, seconds })),
    recommendation: isEnough ? recommend([run, ...past].slice(0, LEAST_RUNS), expectations) : null,
  };
}

const FIGURES: Record<FigureName, (run: PastRun) => number | null> = {
  seconds: ({ seconds }) => seconds,
  rowsPerSecond: ({ rows, seconds }) => (rows === null || seconds === 0 ? null : rows / seconds),
  dpuHours: ({ dpuHours }) => dpuHours,
  heapPercent: ({ heapPercent }) => heapPercent,
  skew: ({ skew }) => skew,
  utilization: ({ utilization }) => utilization,
};

function compare(
  name: FigureName,
  of: (run: PastRun) => number | null,
  run: PastRun,
  past: readonly PastRun[],
): Comparison {
  const values = known(past.map(of));
  return { name, value: of(run), median: median(values), p95: quantile(values, 0.95) };
}
