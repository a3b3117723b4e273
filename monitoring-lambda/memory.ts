import type { Stage } from '../modules/naming';
import { type JobRunReport, isBusy, type RunFacts } from './report';

/** What the function remembers of a data set, for what no service of AWS tells it. */
export interface Memory {
  /** When rows were last published, in ISO 8601; null if that was not seen yet. */
  readonly publishedAt: string | null;
  /** When the latest of its runs ended, in ISO 8601; null before the first. */
  readonly endedAt: string | null;
  /** DPU-hours of the runs that started on a day, by their id. */
  readonly day: { readonly date: string; readonly dpuHours: Readonly<Record<string, number>> };
  /** Of each stage the latest runs that did something, the oldest first. */
  readonly busy: Readonly<Partial<Record<Stage, readonly BusyRun[]>>>;
}

export interface BusyRun {
  readonly id: string;
  readonly startedAt: string;
  /** Rows that it read; null where rows are not counted. */
  readonly rows: number | null;
}

export const NO_MEMORY: Memory = { publishedAt: null, endedAt: null, day: { date: '', dpuHours: {} }, busy: {} };

const MOST_BUSY_RUNS = 40;

/** The memory with a run in it: the same however often it is put in, and in whichever order runs are. */
export function remember(memory: Memory, run: RunFacts): Memory {
  return {
    publishedAt: latest(memory.publishedAt, publishedAt(run)),
    endedAt: latest(memory.endedAt, run.finishedAt),
    day: withDpuHours(memory.day, run),
    busy: { ...memory.busy, [run.stage]: withBusyRun(memory.busy[run.stage] ?? [], run) },
  };
}

/** DPU-hours of the day on which the run started; null where a later day has begun since. */
export function dpuHoursOfDay({ day }: Memory, { startedAt }: Pick<JobRunReport, 'startedAt'>): number | null {
  if (day.date !== startedAt.slice(0, 10)) return null;
  return Object.values(day.dpuHours).reduce((total, hours) => total + hours, 0);
}

function publishedAt({ stage, batches, finishedAt }: RunFacts): string | null {
  return stage === 'curate' && batches.length > 0 ? finishedAt : null;
}

function latest(left: string | null, right: string | null): string | null {
  return (left ?? '') > (right ?? '') ? left : right;
}

function withDpuHours(day: Memory['day'], { jobRunId, startedAt, dpuHours }: RunFacts): Memory['day'] {
  const date = startedAt.slice(0, 10);
  if (date < day.date) return day;
  return { date, dpuHours: { ...(date === day.date ? day.dpuHours : {}), [jobRunId]: dpuHours } };
}

function withBusyRun(runs: readonly BusyRun[], run: RunFacts): readonly BusyRun[] {
  if (run.failed || !isBusy(run)) return runs;
  const others = runs.filter(({ id }) => id !== run.jobRunId);
  return [...others, { id: run.jobRunId, startedAt: run.startedAt, rows: run.counts.read }]
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt))
    .slice(-MOST_BUSY_RUNS);
}
