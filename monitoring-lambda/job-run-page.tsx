import { Columns } from './charts';
import { formatNumber, formatSeconds, formatTime, formatUsd } from './format';
import { Balance, renderDocument, State, Tiles } from './layout';
import type { Performance } from './performance';
import { COMPARED } from './performance-words';
import type { JobRunReport, LogLine } from './report';

/** The report of one job run as an HTML page: the error first, then what to do, then the figures. */
export function renderJobRunPage(report: JobRunReport): string {
  const { performance, errorLines } = report;
  return renderDocument(
    `${report.headline} · ${report.environment}`,
    <>
      <header>
        <div class="soft">Job run · environment {report.environment}</div>
        <h1>{report.headline}</h1>
        <State state={report.state} /> <span class="soft">{formatTime(report.finishedAt)}</span>
      </header>
      {report.failed && <Failure report={report} />}
      <Log title="Journal around the error" lines={errorLines.journal} />
      <Log title="Driver's log around the error" lines={errorLines.driver} />
      <Rows report={report} />
      {performance && <PerformanceCard performance={performance} />}
      <Facts report={report} />
    </>,
  );
}

function Failure({ report }: { report: JobRunReport }) {
  return (
    <section class="card bad">
      <h2>What happened</h2>
      <pre>{report.error}</pre>
      {report.failedRules.length > 0 && (
        <ul>
          {report.failedRules.map((rule) => (
            <li>
              <code>{rule}</code>
            </li>
          ))}
        </ul>
      )}
      <p>{report.meaning}</p>
      <h2>What to do</h2>
      {report.nextSteps.map(({ purpose, command }) => (
        <>
          <p>{purpose}:</p>
          <pre>{command}</pre>
        </>
      ))}
    </section>
  );
}

function Log({ title, lines }: { title: string; lines: readonly LogLine[] }) {
  if (lines.length === 0) return null;
  return (
    <section class="card">
      <h2>{title}</h2>
      <pre class="log">
        {lines.map(({ at, message }) => (
          <div class={message.startsWith('… ') ? 'soft' : ''}>
            <time>{at.slice(11, 19)}</time> {message}
          </div>
        ))}
      </pre>
    </section>
  );
}

function Rows({ report: { counts } }: { report: JobRunReport }) {
  if (counts.read === null) return null;
  return (
    <section class="card">
      <h2>Rows</h2>
      <Balance counts={counts} />
      <Tiles
        tiles={{
          Read: formatNumber(counts.read),
          ...(counts.published !== null && { Published: formatNumber(counts.published) }),
        }}
      />
    </section>
  );
}

function PerformanceCard({ performance }: { performance: Performance }) {
  const { comparisons, durations, recommendation } = performance;
  const measured = comparisons.filter(({ value, median }) => value !== null || median !== null);
  const p95 = comparisons.find(({ name }) => name === 'seconds')?.p95 ?? null;
  const columns = durations.map(({ startedAt, seconds }, index) => ({
    label: formatTime(startedAt).slice(5, 16),
    parts: [{ name: 'duration', value: seconds, tone: index === durations.length - 1 ? 'a' : 'past' }],
  }));
  return (
    <section class="card">
      <h2>Beside the runs before it</h2>
      {recommendation && (
        <div class="advice">
          <p>
            <strong>{recommendation.advice}</strong>
          </p>
          <p class="soft">{recommendation.figures.join('; ')}.</p>
        </div>
      )}
      {durations.length > 1 && (
        <Columns
          columns={columns}
          format={formatSeconds}
          {...(p95 !== null && { mark: { value: p95, label: `95 % took less than ${formatSeconds(p95)}` } })}
        />
      )}
      <table class="figures">
        <thead>
          <tr>
            <th></th>
            <th class="number">this run</th>
            <th class="number">median</th>
            <th class="number">95 % below</th>
          </tr>
        </thead>
        <tbody>
          {measured.map(({ name, value, median, p95: most }) => (
            <tr>
              <th>{COMPARED[name].title}</th>
              {[value, median, most].map((figure) => (
                <td class="number">{figure === null ? '–' : COMPARED[name].format(figure)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Facts({ report }: { report: JobRunReport }) {
  const facts = {
    Duration: formatSeconds(report.seconds),
    'DPU-hours': report.dpuHours.toFixed(2),
    Cost: formatUsd(report.usd),
    Workers: report.workers ? `${report.workers} × ${report.workerType}${report.isFlex ? ', FLEX' : ''}` : 'unknown',
    Glue: report.glueVersion || 'unknown',
    Attempt: report.attempt,
    Started: formatTime(report.startedAt),
    Finished: formatTime(report.finishedAt),
    Job: report.jobName,
    Run: report.jobRunId,
    Batches: report.batches.join(', ') || 'none',
  };
  return (
    <section class="card">
      <h2>Run</h2>
      <Tiles tiles={facts} small />
    </section>
  );
}
