import { formatAge, formatNumber, formatUsd } from './format';
import { describeChange, headline } from './summary-words';
import { type DataSetSummary, type DaySummary, type Figures, plural } from './summary';

/** Of data sets in a mail; the page has all of them. */
const MOST_LINES = 100;

/** The summary of a day as plain text, for mails. `uri` is where the page lies. */
export function renderDayText(summary: DaySummary, uri: string): string {
  const { environment, date, datasets, days, before } = summary;
  const wrong = datasets.filter(({ problems }) => problems.length > 0);
  const changed = datasets.filter(({ changes }) => changes.length > 0);
  return [
    `${headline(summary)} on ${date}, environment ${environment}.`,
    block('Needs attention', wrong, ({ name, problems }) => `${name}: ${problems.join('; ')}`),
    totals(days.at(-1)!, before),
    block(
      'Not as in the week before',
      changed,
      ({ name, changes }) => `${name}: ${changes.map(describeChange).join('; ')}`,
    ),
    block('Data sets', datasets, dataSetLine),
    `With charts:\n  aws s3 cp "${uri}" daily-summary.html`,
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n');
}

function totals(day: Figures, before: Figures): string {
  const line = (name: string, value: string, mean: string) => `${name}: ${value} (a day of the week before: ${mean})`;
  const count = (value: number) => formatNumber(Math.round(value));
  return [
    line(
      'Runs',
      `${count(day.runs)}, of which ${count(day.failed)} failed`,
      `${formatNumber(before.runs)}, ${formatNumber(before.failed)}`,
    ),
    line('Rows read', count(day.rowsRead), count(before.rowsRead)),
    line('Rows quarantined', count(day.rowsQuarantined), count(before.rowsQuarantined)),
    line('Rows published', count(day.rowsPublished), count(before.rowsPublished)),
    line('DPU-hours', formatNumber(day.dpuHours), formatNumber(before.dpuHours)),
    line('Cost of Glue', formatUsd(day.usd), formatUsd(before.usd)),
  ].join('\n');
}

function block(
  title: string,
  datasets: readonly DataSetSummary[],
  line: (of: DataSetSummary) => string,
): string | null {
  if (datasets.length === 0) return null;
  const lines = datasets.slice(0, MOST_LINES).map((dataset) => `- ${line(dataset)}`);
  const left = datasets.length - lines.length;
  return [`${title}:`, ...lines, ...(left > 0 ? [`- and ${plural(left, 'more data set')}`] : [])].join('\n');
}

function dataSetLine({ name, day, ageSeconds }: DataSetSummary): string {
  const age = ageSeconds === null ? 'unknown' : formatAge(ageSeconds);
  const counts = `${formatNumber(day.rowsRead)} read, ${formatNumber(day.rowsQuarantined)} quarantined, ${formatNumber(day.rowsPublished)} published`;
  return `${name}: ${plural(day.runs, 'run')}, ${counts}, ${formatUsd(day.usd)}; ${age} old`;
}
