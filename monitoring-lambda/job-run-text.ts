import { formatNumber, formatSeconds, formatTime, formatUsd } from './format';
import type { Performance } from './performance';
import { COMPARED } from './performance-words';
import { COUNTS, type JobRunReport, type LogLine } from './report';

/** The report of one job run as plain text, for mails. `uri` is where the page lies. */
export function renderJobRunText(report: JobRunReport, uri: string): string {
  const { performance, errorLines } = report;
  return [
    `${report.headline} in environment ${report.environment}, at ${formatTime(report.finishedAt)}.`,
    report.error,
    list('Quality rules that failed', report.failedRules),
    report.meaning,
    ...report.nextSteps.map(({ purpose, command }) => `${purpose}:\n  ${command}`),
    `With charts:\n  aws s3 cp "${uri}" report.html`,
    log('Journal around the error', errorLines.journal),
    log("Driver's log around the error", errorLines.driver),
    rows(report),
    facts(report),
    performance && comparison(performance),
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n');
}

function list(title: string, items: readonly string[]): string | null {
  return items.length > 0 ? [`${title}:`, ...items.map((item) => `- ${item}`)].join('\n') : null;
}

function log(title: string, lines: readonly LogLine[]): string | null {
  return lines.length > 0
    ? [`${title}:`, ...lines.map(({ at, message }) => `  ${at.slice(11, 19)} ${message}`)].join('\n')
    : null;
}

function rows({ counts }: JobRunReport): string | null {
  const counted = COUNTS.filter((name) => counts[name] !== null);
  return counted.length > 0
    ? `Rows: ${counted.map((name) => `${formatNumber(counts[name])} ${name}`).join(', ')}`
    : null;
}

function facts(report: JobRunReport): string {
  const { workers, workerType, isFlex } = report;
  return [
    `Job ${report.jobName}`,
    `Run ${report.jobRunId}, attempt ${report.attempt}`,
    `It took ${formatSeconds(report.seconds)} and ${report.dpuHours.toFixed(2)} DPU-hours (${formatUsd(report.usd)})` +
      (workers ? ` on at most ${workers} workers of ${workerType}${isFlex ? ', FLEX' : ''}` : ''),
  ].join('\n');
}

function comparison({ comparisons, recommendation }: Performance): string {
  const lines = comparisons.flatMap(({ name, value, median }) => {
    const { title, format } = COMPARED[name];
    return value === null || median === null ? [] : [`- ${title}: ${format(value)}, median before ${format(median)}`];
  });
  return [
    ...(lines.length > 0 ? ['Beside the runs before it:', ...lines] : []),
    ...(recommendation ? [recommendation.advice, `  (${recommendation.figures.join('; ')})`] : []),
  ].join('\n');
}
