import { Columns, Sparkline } from './charts';
import { formatAge, formatNumber, formatTime, formatUsd } from './format';
import { Legend, renderDocument, Tiles } from './layout';
import { describeChange, headline } from './summary-words';
import type { DataSetSummary, DaySummary, FigureName, Figures } from './summary';

/** The summary of a day as an HTML page: what needs attention, the day in figures, then each data set. */
export function renderDayPage(summary: DaySummary): string {
  const { environment, date, madeAt, datasets } = summary;
  const wrong = datasets.filter(({ problems }) => problems.length > 0);
  const changed = datasets.filter(({ changes }) => changes.length > 0);
  return renderDocument(
    `${headline(summary)} · ${date} · ${environment}`,
    <>
      <header>
        <div class="soft">
          Day of {date}, UTC · environment {environment}
        </div>
        <h1>{headline(summary)}</h1>
        <span class="soft">as of {formatTime(madeAt)}</span>
      </header>
      {wrong.length > 0 && <List title="Needs attention" tone="bad" datasets={wrong} of={({ problems }) => problems} />}
      <Totals summary={summary} />
      <Week summary={summary} />
      {changed.length > 0 && (
        <List
          title="Not as in the week before"
          tone="warn"
          datasets={changed}
          of={({ changes }) => changes.map(describeChange)}
        />
      )}
      <DataSets datasets={datasets} />
    </>,
  );
}

function List(props: {
  readonly title: string;
  readonly tone: string;
  readonly datasets: readonly DataSetSummary[];
  readonly of: (dataset: DataSetSummary) => readonly string[];
}) {
  return (
    <section class={`card ${props.tone}`}>
      <h2>{props.title}</h2>
      <dl class="list">
        {props.datasets.map((dataset) => (
          <div>
            <dt>{dataset.name}</dt>
            {props.of(dataset).map((text) => (
              <dd>{text}</dd>
            ))}
          </div>
        ))}
      </dl>
    </section>
  );
}

function Totals({ summary: { days, before } }: { summary: DaySummary }) {
  const day = days.at(-1)!;
  const tile = (figure: FigureName, format: (value: number) => string = count, tone = '') => (
    <>
      <span class={tone}>{format(day[figure])}</span>
      <small>usually {format(before[figure])}</small>
    </>
  );
  return (
    <section class="card">
      <Tiles
        tiles={{
          Runs: tile('runs'),
          'Failed runs': tile('failed', formatNumber, day.failed ? 'bad' : ''),
          'Rows read': tile('rowsRead'),
          'Rows quarantined': tile('rowsQuarantined', count, day.rowsQuarantined ? 'warn' : ''),
          'Rows published': tile('rowsPublished'),
          'Quality rules failed': tile('rulesFailed', formatNumber, day.rulesFailed ? 'bad' : ''),
          'DPU-hours': tile('dpuHours', formatNumber),
          'Cost of Glue': tile('usd', formatUsd),
        }}
      />
    </section>
  );
}

function Week({ summary: { dates, days } }: { summary: DaySummary }) {
  const label = (index: number) => dates[index]!.slice(5);
  const runs = days.map(({ runs: all, failed }, index) => ({
    label: label(index),
    parts: [
      { name: 'failed', value: failed, tone: 'failed' },
      { name: 'others', value: all - failed, tone: 'b' },
    ],
  }));
  const of = (figure: FigureName, tone: string) =>
    days.map((day, index) => ({ label: label(index), parts: [{ name: figure, value: day[figure], tone }] }));
  return (
    <section class="card">
      <h2>The day and the week before it</h2>
      <div class="charts">
        <div>
          <h3>Runs</h3>
          <Columns columns={runs} format={count} />
          <Legend
            segments={[
              { name: 'not failed', colour: 'b' },
              { name: 'failed', colour: 'failed' },
            ]}
          />
        </div>
        <div>
          <h3>Rows published</h3>
          <Columns columns={of('rowsPublished', 'a')} format={count} />
        </div>
        <div>
          <h3>Cost of Glue</h3>
          <Columns columns={of('usd', 'c')} format={formatUsd} />
        </div>
      </div>
    </section>
  );
}

const COLUMNS: readonly [title: string, of: (day: Figures) => string, tone?: (day: Figures) => string][] = [
  [
    'runs',
    ({ runs, failed }) => (failed ? `${runs} (${failed} failed)` : String(runs)),
    ({ failed }) => (failed ? 'bad' : ''),
  ],
  ['read', ({ rowsRead }) => formatNumber(rowsRead)],
  [
    'quarantined',
    ({ rowsQuarantined }) => formatNumber(rowsQuarantined),
    ({ rowsQuarantined: rows }) => (rows ? 'warn' : ''),
  ],
  ['published', ({ rowsPublished }) => formatNumber(rowsPublished)],
  ['DPU-hours', ({ dpuHours }) => dpuHours.toFixed(2)],
  ['cost', ({ usd }) => formatUsd(usd)],
];

function DataSets({ datasets }: { datasets: readonly DataSetSummary[] }) {
  return (
    <section class="card">
      <h2>Data sets</h2>
      <div class="scroll">
        <table class="datasets">
          <thead>
            <tr>
              <th>data set</th>
              <th>published, 8 days</th>
              <th class="number">age</th>
              {COLUMNS.map(([title]) => (
                <th class="number">{title}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {datasets.map(({ name, days, day, ageSeconds, problems }) => (
              <tr>
                <th class={problems.length > 0 ? 'bad' : ''}>{name}</th>
                <td class="curve">
                  <Sparkline
                    values={days.map(({ rowsPublished }) => rowsPublished)}
                    label={`rows of ${name} published on each of ${days.length} days`}
                  />
                </td>
                <td class="number" data-label="age">
                  {ageSeconds === null ? '–' : formatAge(ageSeconds)}
                </td>
                {COLUMNS.map(([title, of, tone]) => (
                  <td class={`number ${tone?.(day) ?? ''}`} data-label={title}>
                    {of(day)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const count = (value: number) => formatNumber(Math.round(value));
