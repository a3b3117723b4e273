import { Balance, formatNumber, formatSeconds, formatTime, renderDocument, State, Tiles } from './layout';
import type { JobRunReport } from './report';

/** The report of one job run as an HTML page: the error first, then what to do, then the figures. */
export function renderJobRunPage(report: JobRunReport): string {
  return renderDocument(
    `${report.headline} · ${report.environment}`,
    <>
      <header>
        <div class="soft">Job run · environment {report.environment}</div>
        <h1>{report.headline}</h1>
        <State state={report.state} /> <span class="soft">{formatTime(report.finishedAt)}</span>
      </header>
      {report.failed && <Failure report={report} />}
      <Rows report={report} />
      <Facts report={report} />
      {report.logLines.length > 0 && <Log report={report} />}
    </>,
  );
}

function Failure({ report }: { report: JobRunReport }) {
  return (
    <section class="card bad">
      <h2>What happened</h2>
      <pre>{report.error}</pre>
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

function Rows({ report: { counts } }: { report: JobRunReport }) {
  return (
    <section class="card">
      <h2>Rows</h2>
      <Balance counts={counts} />
      <Tiles tiles={{ Read: formatNumber(counts.read), Published: formatNumber(counts.published) }} />
    </section>
  );
}

function Facts({ report }: { report: JobRunReport }) {
  const facts = {
    Duration: formatSeconds(report.seconds),
    'DPU-hours': report.dpuHours.toFixed(2),
    Workers: report.workers || 'unknown',
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

function Log({ report }: { report: JobRunReport }) {
  return (
    <section class="card">
      <h2>Last lines of the log</h2>
      <pre>{report.logLines.map(({ at, message }) => `${at.slice(11, 19)} ${message}`).join('\n')}</pre>
    </section>
  );
}
