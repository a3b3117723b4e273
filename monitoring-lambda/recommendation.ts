import { PRICES } from '../modules/cost/prices';
import type { Expectations, PastRun } from './performance';
import { known, median, quantile } from './statistics';

/** What would make a job faster, safer or cheaper, and the figures that say so. */
export interface Recommendation {
  readonly action: 'larger-workers' | 'spread-work' | 'more-workers' | 'fewer-workers' | 'flex';
  readonly advice: string;
  readonly figures: readonly string[];
}

type Rule = (runs: readonly PastRun[], expectations: Expectations) => Recommendation | null;

/** Heap in use beyond which a run is short of memory, and how many of the runs must be. */
const SHORT_HEAP_PERCENT = 85;
const SHORT_RUNS = 3;
/** Glue's measure is above 0 once the slowest task of a stage takes several times as long as the median one. */
const SKEWED = 1;
/** In runs that are over sooner, neither more workers nor evener work save anybody time. */
const LONG_SECONDS = 15 * 60;
/** Of the DPUs that it may have, what a job holds that has come to its limit. */
const AT_LIMIT = 0.9;
const BUSY = 0.6;
const IDLE = 0.3;
const WANTED_UTILIZATION = 0.7;
const LEAST_WORKERS = 2;
/** Time that a run must have to wait for spare capacity, and to be set back when it goes. */
const FLEX_HOURS = 6;
/** Source: AWS Glue developer guide, "Configuring job properties for Spark jobs in AWS Glue". */
const FLEX_TYPES = ['G.1X', 'G.2X'];
const NEXT_TYPE: Record<string, string> = { 'G.1X': 'G.2X', 'G.2X': 'G.4X', 'G.4X': 'G.8X' };

/** The first of the rules that holds for runs of a job, the latest first: what may fail comes before what costs. */
export function recommend(runs: readonly PastRun[], expectations: Expectations): Recommendation | null {
  const [latest] = runs;
  // After a change of workers, runs before it say nothing about those after it.
  if (runs.some(({ workers, workerType }) => workers !== latest?.workers || workerType !== latest.workerType))
    return null;
  for (const rule of RULES) {
    const recommendation = rule(runs, expectations);
    if (recommendation) return recommendation;
  }
  return null;
}

const largerWorkers: Rule = (runs) => {
  const { workerType, workers } = runs[0]!;
  const heaps = known(runs.map(({ heapPercent }) => heapPercent));
  const short = heaps.filter((percent) => percent >= SHORT_HEAP_PERCENT);
  const larger = NEXT_TYPE[workerType];
  if (short.length < SHORT_RUNS || !larger) return null;
  const half = Math.max(LEAST_WORKERS, Math.ceil(workers / 2));
  return {
    action: 'larger-workers',
    advice: `Take workers of ${larger}, ${half} in place of ${workers}: each task gets twice the memory, for the same price.`,
    figures: [
      `heap in use went beyond ${SHORT_HEAP_PERCENT} % in ${short.length} of the last ${heaps.length} runs`,
      `its highest was ${Math.max(...heaps).toFixed(0)} %`,
    ],
  };
};

const spreadWork: Rule = (runs) => {
  const skew = median(known(runs.map((run) => run.skew)));
  const seconds = median(runs.map((run) => run.seconds))!;
  if (skew === null || skew < SKEWED || seconds < LONG_SECONDS) return null;
  return {
    action: 'spread-work',
    advice:
      'More workers would not help: some tasks take much longer than the others. Partition by a column whose values are ' +
      'of like size, have the source deliver files of like size, or let it write CSV without line breaks in fields.',
    figures: [`skewness was ${skew.toFixed(1)} in the median run`, `that took ${minutes(seconds)}`],
  };
};

const moreWorkers: Rule = (runs, { lateAfterMinutes }) => {
  const { workers } = runs[0]!;
  const held = median(runs.map(heldShare))!;
  const seconds = median(runs.map((run) => run.seconds))!;
  const utilization = median(known(runs.map((run) => run.utilization)));
  const isSlow = seconds >= Math.min(LONG_SECONDS, lateAfterMinutes * 30);
  if (!workers || held < AT_LIMIT || !isSlow || (utilization ?? 1) < BUSY) return null;
  return {
    action: 'more-workers',
    advice: `Allow ${Math.ceil(workers * 1.5)} workers in place of ${workers}: a run takes less time, for about the same price.`,
    figures: [
      `the median run took ${minutes(seconds)}`,
      `it held ${percent(held)} of the DPUs that it may have`,
      ...(utilization === null ? [] : [`${percent(utilization)} of its workers were at work`]),
    ],
  };
};

const fewerWorkers: Rule = (runs) => {
  const { workers } = runs[0]!;
  const utilization = median(known(runs.map((run) => run.utilization)));
  if (utilization === null || utilization > IDLE) return null;
  const enough = Math.max(LEAST_WORKERS, Math.ceil((workers * utilization) / WANTED_UTILIZATION));
  if (enough >= workers) return null;
  const usd = median(runs.map((run) => run.usd))!;
  return {
    action: 'fewer-workers',
    advice: `Allow ${enough} workers in place of ${workers}: most of them wait.`,
    figures: [`${percent(utilization)} of the workers were at work in the median run`, `that cost ${dollars(usd)}`],
  };
};

const flex: Rule = (runs, { latencyHours }) => {
  const { workerType, isFlex } = runs[0]!;
  if (isFlex || latencyHours === null || !FLEX_TYPES.includes(workerType)) return null;
  const starts = runs.map(({ startedAt }) => Date.parse(startedAt));
  const gaps = starts.slice(1).map((start, index) => (starts[index]! - start) / 3_600_000);
  const between = quantile(gaps, 0.95)!;
  const hours = quantile(
    runs.map(({ seconds }) => seconds / 3600),
    0.95,
  )!;
  const spare = latencyHours - between - hours;
  if (spare < FLEX_HOURS) return null;
  const usd = median(runs.map((run) => run.usd))!;
  const saved = 1 - PRICES.glueFlexDpuHour / PRICES.glueDpuHour;
  return {
    action: 'flex',
    advice: `Take execution class FLEX: a run costs ${percent(saved)} less, and may wait for spare capacity.`,
    figures: [
      `the contract promises data within ${latencyHours} h`,
      `runs are ${between.toFixed(1)} h apart and take ${hours.toFixed(1)} h: ${spare.toFixed(1)} h to spare`,
      `${dollars(usd * saved)} of ${dollars(usd)} would be saved in the median run`,
    ],
  };
};

const RULES: readonly Rule[] = [largerWorkers, spreadWork, moreWorkers, fewerWorkers, flex];

/** Of the DPUs that a run may have, what it held on average. */
function heldShare({ dpuHours, seconds, maxDpus }: PastRun): number {
  return seconds && maxDpus ? (dpuHours * 3600) / seconds / maxDpus : 0;
}

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
const minutes = (seconds: number) => `${(seconds / 60).toFixed(0)} min`;
const dollars = (usd: number) => `$${usd.toFixed(2)}`;
