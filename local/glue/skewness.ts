/** When a task of a stage ran, in milliseconds. */
export interface TaskTime {
  readonly stage: number;
  readonly launched: number;
  readonly finished: number;
}

/** Up to so many times the median, the longest task of a stage counts as any other. */
const FACTOR = 5;

/**
 * How unevenly the tasks of a run take their time: 0 where none takes longer than five times the median of its stage, 1 at
 * twice that; the most of all stages, each by its share of the time. Source: AWS Glue developer guide, "Monitoring with AWS
 * Glue observability metrics", `glue.driver.skewness.job`.
 */
export function jobSkewness(tasks: readonly TaskTime[]): number {
  const stages = [...new Set(tasks.map(({ stage }) => stage))].map((id) => tasks.filter(({ stage }) => stage === id));
  const durations = stages.map(
    (of) => Math.max(...of.map(({ finished }) => finished)) - Math.min(...of.map(({ launched }) => launched)),
  );
  const total = durations.reduce((sum, duration) => sum + duration, 0);
  if (total === 0) return 0;
  return Math.max(...stages.map((of, index) => (stageSkewness(of) * durations[index]!) / total));
}

function stageSkewness(tasks: readonly TaskTime[]): number {
  const times = tasks.map(({ launched, finished }) => finished - launched).sort((left, right) => left - right);
  const median = times[Math.floor((times.length - 1) / 2)]!;
  const ratio = times.at(-1)! / Math.max(1, median);
  return ratio < FACTOR ? 0 : ratio / FACTOR - 1;
}
