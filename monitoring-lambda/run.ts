import { type Mail, publish, putLatest, putMetrics, putText } from './aws';
import type { MonitoredDataSets } from './datasets';
import type { MonitoringEnvironment } from './environment';
import { type JobIdentity, type JobStateChangeEvent, parseJobName } from './events';
import { getJobRun } from './glue';
import { getHistory } from './history';
import { getFailedRules, getJobState } from './job-records';
import { renderJobRunPage } from './job-run-page';
import { renderJobRunText } from './job-run-text';
import { getErrorLines } from './logs';
import { changeMemory } from './memory-table';
import { dpuHoursOfDay, type Memory, remember } from './memory';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Once } from './once';
import { analyse } from './performance';
import { isBusy, type JobRunReport, reportKey, runFacts, type RunFacts } from './report';
import { runMetrics } from './run-metrics';

/** What all work of the function shares. */
export interface Services {
  readonly settings: MonitoringEnvironment;
  readonly datasets: MonitoredDataSets;
  readonly once: Once;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

const NO_LINES = { journal: [], driver: [] };

/**
 * Reports a finished job run once, however often and in whichever order its event comes: page, text and JSON to S3, its
 * figures as metrics, and a mail if it failed. Answers false for a job of another environment.
 */
export async function reportRun(event: JobStateChangeEvent, services: Services): Promise<boolean> {
  const { settings, once } = services;
  const { jobName, jobRunId } = event.detail;
  const job = parseJobName(jobName, settings.environment);
  if (!job) return false;
  await once.do(`run ${jobRunId}`, async () => {
    const { report, memory } = await collect(event, job, services);
    const text = await store(report, settings, memory.endedAt === report.finishedAt);
    const count = () =>
      putMetrics(
        settings.metricNamespace,
        runMetrics(report, dpuHoursOfDay(memory, report)),
        new Date(report.finishedAt),
      );
    // What comes last is done once because all of it is; what comes before would be done again should the last one fail.
    if (!report.failed) return count();
    await once.do(`count of ${jobRunId}`, count);
    await publish(settings.reportsTopicArn, mailOf(report, text));
  });
  return true;
}

async function collect(
  event: JobStateChangeEvent,
  job: JobIdentity,
  { settings, datasets }: Services,
): Promise<{ report: JobRunReport; memory: Memory }> {
  const { jobName, jobRunId } = event.detail;
  const [run, jobState] = await Promise.all([
    getJobRun(jobName, jobRunId),
    getJobState(settings.jobStateTable, jobName),
  ]);
  const facts = runFacts({ settings, event, job, run, jobState });
  const since = new Date(facts.startedAt);
  const [memory, failedRules, errorLines] = await Promise.all([
    changeMemory(settings.monitoringTable, job.dataset, (before) => remember(before, facts)),
    job.stage === 'validate' ? getFailedRules(settings.jobBookmarksTable, job.dataset, facts.batches) : [],
    facts.failed ? getErrorLines({ ...settings, jobName, jobRunId, since }) : NO_LINES,
  ]);
  const performance = isBusy(facts) ? await analysed(facts, memory, datasets) : null;
  return { report: { ...facts, failedRules, errorLines, performance }, memory };
}

async function analysed(facts: RunFacts, memory: Memory, datasets: MonitoredDataSets) {
  const { past, profile } = await getHistory(facts, memory.busy[facts.stage] ?? []);
  const run = { ...facts, ...profile, id: facts.jobRunId, rows: facts.counts.read };
  const dataset = datasets.get(facts.dataset);
  return analyse(run, past, {
    latencyHours: dataset?.latencyHours ?? null,
    lateAfterMinutes: dataset?.lateAfterMinutes[facts.stage] ?? Infinity,
  });
}

/** Writes the report under its day, and if it is that, as the latest of its data set, which alarms refer to. */
async function store(
  report: JobRunReport,
  { reportsBucket: bucket }: MonitoringEnvironment,
  isLatest: boolean,
): Promise<string> {
  const key = reportKey(report);
  const uri = `s3://${bucket}/${key}.html`;
  const html = renderJobRunPage(report);
  const text = renderJobRunText(report, uri);
  const latest = `reports/latest/${report.dataset}`;
  await Promise.all([
    putText({ bucket, key: `${key}.html`, body: html }),
    putText({ bucket, key: `${key}.txt`, body: text }),
    putText({ bucket, key: `${key}.json`, body: JSON.stringify(report, null, 2) }),
    ...(isLatest
      ? [
          putLatest({ bucket, key: `${latest}.html`, body: html }, report.finishedAt),
          putLatest({ bucket, key: `${latest}.txt`, body: text }, report.finishedAt),
        ]
      : []),
  ]);
  return text;
}

function mailOf(report: JobRunReport, message: string): Mail {
  return { subject: `[${report.environment}] ${report.headline}`, message };
}
