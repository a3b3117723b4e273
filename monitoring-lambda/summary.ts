import { known, sum } from './statistics';

export const FIGURES = [
  'runs',
  'failed',
  'seconds',
  'dpuHours',
  'usd',
  'rowsRead',
  'rowsQuarantined',
  'rowsPublished',
  'rulesFailed',
] as const;
export type FigureName = (typeof FIGURES)[number];
/** A data set, or all of them, on one day. */
export type Figures = Readonly<Record<FigureName, number>>;

export const NO_FIGURES: Figures = Object.fromEntries(FIGURES.map((name) => [name, 0])) as Figures;

/** What is known of a data set when a day is summed up. */
export interface DataSetDays {
  readonly name: string;
  readonly latencyHours: number | null;
  /** Since rows were last published, or since its workflow was made; null if there is no workflow. */
  readonly ageSeconds: number | null;
  /** Of each of the days, the oldest first; the last one is summed up. */
  readonly days: readonly Figures[];
}

/** A figure of the day that is far from what it was on the days before. */
export interface Change {
  readonly figure: FigureName;
  readonly value: number;
  /** Mean of the days before on which there were runs. */
  readonly before: number;
}

export interface DataSetSummary extends DataSetDays {
  readonly day: Figures;
  /** Why somebody should look at it; empty if nobody need. */
  readonly problems: readonly string[];
  readonly changes: readonly Change[];
}

/** A day of an environment. */
export interface DaySummary {
  readonly environment: string;
  /** Such as 2026-11-26, UTC. */
  readonly date: string;
  /** When it was made, in ISO 8601, UTC. */
  readonly madeAt: string;
  /** The days that figures are given for, the oldest first; the last is the one that is summed up. */
  readonly dates: readonly string[];
  /** Of all data sets, by day. */
  readonly days: readonly Figures[];
  /** Mean of the days before it. */
  readonly before: Figures;
  /** Those with problems first. */
  readonly datasets: readonly DataSetSummary[];
}

/** Compared with the days before. What a day costs follows from its DPU-hours. */
const COMPARED: readonly FigureName[] = ['rowsPublished', 'rowsQuarantined', 'dpuHours', 'seconds'];
/** A figure has changed if it is so many times what it was, or what it was is so many times it. */
const CHANGED_TIMES = 1.5;
/** Days with runs that there must be before a figure can have changed. */
const LEAST_DAYS = 3;

/** Sums up the last of the days. */
export function summarize(input: {
  readonly environment: string;
  readonly madeAt: string;
  readonly dates: readonly string[];
  readonly datasets: readonly DataSetDays[];
}): DaySummary {
  const datasets = input.datasets.map((dataset): DataSetSummary => {
    const day = dataset.days.at(-1)!;
    return { ...dataset, day, problems: problems(dataset, day), changes: changes(dataset.days) };
  });
  const days = input.dates.map((_, index) => total(datasets.map((dataset) => dataset.days[index]!)));
  return {
    environment: input.environment,
    date: input.dates.at(-1)!,
    madeAt: input.madeAt,
    dates: input.dates,
    days,
    before: scaled(total(days.slice(0, -1)), 1 / Math.max(1, days.length - 1)),
    datasets: datasets.sort(
      (a, b) => Number(b.problems.length > 0) - Number(a.problems.length > 0) || a.name.localeCompare(b.name),
    ),
  };
}

/** Days in ISO 8601, of which the last is the one before `time`. */
export function daysUntil(time: Date, count: number): string[] {
  const today = Math.floor(time.getTime() / DAY_MS);
  return Array.from({ length: count }, (_, index) => isoDay(today - count + index));
}

const DAY_MS = 86_400_000;
const isoDay = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

function problems({ latencyHours, ageSeconds }: DataSetDays, day: Figures): string[] {
  const isLate = latencyHours !== null && ageSeconds !== null && ageSeconds > latencyHours * 3600;
  return known([
    day.failed > 0 ? `${day.failed} of ${day.runs} runs failed` : null,
    day.rulesFailed > 0 ? `${plural(day.rulesFailed, 'quality rule')} failed` : null,
    isLate ? `published ${Math.floor(ageSeconds / 3600)} h ago, ${latencyHours} h are promised` : null,
    ageSeconds === null ? 'its workflow is not there' : null,
  ]);
}

function changes(days: readonly Figures[]): Change[] {
  const day = days.at(-1)!;
  const before = days.slice(0, -1).filter(({ runs }) => runs > 0);
  if (before.length < LEAST_DAYS) return [];
  return COMPARED.flatMap((figure) => {
    const mean = sum(before.map((each) => each[figure])) / before.length;
    const [value, most] = [day[figure], Math.max(day[figure], mean)];
    const least = Math.min(value, mean);
    return most > 0 && most >= least * CHANGED_TIMES ? [{ figure, value, before: mean }] : [];
  });
}

/** The figures of one and the same day together. */
export function total(all: readonly Figures[]): Figures {
  const totals = FIGURES.map((name) => [name, sum(all.map((each) => each[name]))]);
  return Object.fromEntries(totals) as Figures;
}

function scaled(figures: Figures, by: number): Figures {
  return Object.fromEntries(FIGURES.map((name) => [name, figures[name] * by])) as Figures;
}

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
