import { type Stage, STAGES } from '../modules/naming';
import { formatNumber, formatSeconds, formatTime } from './format';
import { Balance, Bar, Legend, renderDocument, State, Tiles } from './layout';
import { COUNTS, type Counts } from './report';

/** How a stage of a data set ended. */
export interface StageSummary extends Counts {
  /** State of its job run, as Glue calls it; NOT_STARTED if there was none. */
  readonly state: string;
  readonly seconds: number;
  readonly error: string | null;
}

/** A run of the whole pipeline. */
export interface RunSummary {
  readonly environment: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly datasets: Readonly<Record<string, Stages>>;
  readonly query?: QueryResult;
}

/** A query, and what it gave. */
export interface QueryResult {
  readonly sql: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

type Stages = Readonly<Record<Stage, StageSummary>>;

const COLOURS = ['a', 'b', 'c', 'd'] as const;

/** The report of a pipeline run as an HTML page: failures first, then totals, then each data set. */
export function renderRunPage({ environment, startedAt, seconds, datasets, query }: RunSummary): string {
  const entries = Object.entries(datasets);
  const failed = failures(datasets);
  const dataSets = `${entries.length} data set${entries.length === 1 ? '' : 's'}`;
  const headline = failed.length ? `${failed.length} of ${dataSets} failed` : `${dataSets} published`;
  return renderDocument(
    `${headline} · ${environment}`,
    <>
      <header>
        <div class="soft">Pipeline run · environment {environment}</div>
        <h1>{headline}</h1>
        <State state={failed.length ? 'FAILED' : 'SUCCEEDED'} />{' '}
        <span class="soft">
          {formatTime(startedAt)}, took {formatSeconds(seconds)}
        </span>
      </header>
      {failed.map(({ name, stage, state, error }) => (
        <section class="card bad">
          <h2 class="row">
            {name}: {stage} <State state={state} />
          </h2>
          <pre>{error ?? 'Glue gives no reason.'}</pre>
        </section>
      ))}
      <Totals datasets={Object.values(datasets)} />
      <Durations entries={entries} />
      {entries.map(([name, stages]) => (
        <DataSetCard name={name} stages={stages} />
      ))}
      {query && <Query query={query} />}
    </>,
  );
}

/** Of each data set the first stage that did not succeed: it kept those behind it from starting. */
export function failures(datasets: RunSummary['datasets']): (StageSummary & { name: string; stage: Stage })[] {
  return Object.entries(datasets).flatMap(([name, stages]) => {
    const stage = STAGES.find((candidate) => stages[candidate].state !== 'SUCCEEDED');
    return stage ? [{ name, stage, ...stages[stage] }] : [];
  });
}

function Totals({ datasets }: { datasets: Stages[] }) {
  // Rows are judged by the stage `process` and published by `curate`; the others count the same rows again.
  const sum = (stage: Stage, count: keyof Counts) =>
    datasets.reduce((total, stages) => total + (stages[stage][count] ?? 0), 0);
  const quarantined = sum('process', 'quarantined');
  const tiles = {
    'Rows read': formatNumber(sum('process', 'read')),
    'Rows published': formatNumber(sum('curate', 'published')),
    'Rows quarantined': <span class={quarantined ? 'warn' : ''}>{formatNumber(quarantined)}</span>,
    Duplicates: formatNumber(sum('process', 'duplicates')),
  };
  return (
    <section class="card">
      <Tiles tiles={tiles} />
    </section>
  );
}

function Durations({ entries }: { entries: [string, Stages][] }) {
  const bars = entries.map(([name, stages]) => {
    const segments = STAGES.map((stage, index) => ({
      name: stage,
      value: stages[stage].seconds,
      colour: COLOURS[index]!,
    }));
    return { name, segments, seconds: segments.reduce((total, { value }) => total + value, 0) };
  });
  const longest = Math.max(...bars.map(({ seconds }) => seconds));
  return (
    <section class="card">
      <h2>Time in each stage</h2>
      <div class="bars">
        {bars.map(({ name, segments, seconds }) => (
          <>
            <div>{name}</div>
            <Bar segments={segments} total={longest} />
            <div class="number">{formatSeconds(seconds)}</div>
          </>
        ))}
      </div>
      <Legend segments={STAGES.map((name, index) => ({ name, colour: COLOURS[index]! }))} />
    </section>
  );
}

function DataSetCard({ name, stages }: { name: string; stages: Stages }) {
  return (
    <section class="card">
      <h2>{name}</h2>
      <Balance counts={stages.process} />
      <table class="stages">
        <thead>
          <tr>
            <th>stage</th>
            <th>state</th>
            {['seconds', ...COUNTS].map((title) => (
              <th class="number">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {STAGES.map((stage) => (
            <StageRow stage={stage} summary={stages[stage]} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function StageRow({ stage, summary }: { stage: Stage; summary: StageSummary }) {
  return (
    <tr>
      <th>{stage}</th>
      <td>
        <State state={summary.state} />
      </td>
      <td class="number" data-label="seconds">
        {formatNumber(summary.seconds)}
      </td>
      {COUNTS.map((count) => (
        <td class={count === 'quarantined' && summary[count] ? 'number warn' : 'number'} data-label={count}>
          {summary[count] === null ? '' : formatNumber(summary[count])}
        </td>
      ))}
    </tr>
  );
}

function Query({ query: { sql, columns, rows } }: { query: QueryResult }) {
  const classes = columns.map((_, index) => (rows.some((row) => typeof row[index] === 'number') ? 'number' : ''));
  return (
    <section class="card">
      <h2>Query over the curated tables</h2>
      <pre>{sql.trim()}</pre>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {columns.map((column, index) => (
                <th class={classes[index]}>{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                {row.map((value, index) => (
                  <td class={classes[index]}>{String(value ?? '')}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
