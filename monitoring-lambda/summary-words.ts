import { formatNumber, formatSeconds } from './format';
import { type Change, type DaySummary, type FigureName, plural } from './summary';

/** How the figures of a day that are compared are called and written. */
const NAMES: Partial<Record<FigureName, { readonly name: string; readonly format: (value: number) => string }>> = {
  rowsPublished: { name: 'rows published', format: (value) => formatNumber(Math.round(value)) },
  rowsQuarantined: { name: 'rows quarantined', format: (value) => formatNumber(Math.round(value)) },
  dpuHours: { name: 'DPU-hours', format: (value) => value.toFixed(2) },
  seconds: { name: 'time of all runs', format: formatSeconds },
};

/** Such as `rows published 210 (on a day before 100)`. */
export function describeChange({ figure, value, before }: Change): string {
  const { name, format } = NAMES[figure]!;
  return `${name} ${format(value)} (on a day before ${format(before)})`;
}

/** The day in a few words. */
export function headline({ datasets, days }: DaySummary): string {
  const wrong = datasets.filter(({ problems }) => problems.length > 0).length;
  const all = plural(datasets.length, 'data set');
  if (wrong > 0) return `${wrong} of ${all} ${wrong === 1 ? 'needs' : 'need'} attention`;
  return days.at(-1)!.runs > 0 ? `All is well with ${all}` : `No runs of ${all}`;
}
