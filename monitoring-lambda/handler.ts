import { Logger } from '@aws-lambda-powertools/logger';
import { renderAlert } from './alert';
import { getJobRun, getJobState, getLastLogLines, publish, putMetrics, putText } from './aws';
import { readEnvironment } from './environment';
import { renderJobRunPage } from './job-run-page';
import {
  buildReport,
  type JobRunReport,
  type JobStateChangeEvent,
  parseJobName,
  reportKey,
  runMetrics,
} from './report';

const settings = readEnvironment(process.env);
const logger = new Logger({ serviceName: 'monitoring' });

/** Reports a finished job run: HTML and JSON to S3, a mail if it failed, its figures as metrics. */
export async function handler(event: JobStateChangeEvent): Promise<void> {
  const { jobName, jobRunId, state } = event.detail;
  const job = parseJobName(jobName, settings.environment);
  if (!job) {
    logger.info('Ignored a job of another environment', { jobName });
    return;
  }
  const report = await collect(event, job);
  const reportUri = await store(report);
  if (report.failed) {
    await publish(settings.alertsTopicArn, renderAlert(report, reportUri));
  }
  // Last, because a retry repeats everything: a report is overwritten, a second mail is noise, a count would be wrong.
  await putMetrics(settings.metricNamespace, jobName, runMetrics(report));
  logger.info('Reported a job run', { jobName, jobRunId, state, reportUri });
}

async function collect(
  event: JobStateChangeEvent,
  job: NonNullable<ReturnType<typeof parseJobName>>,
): Promise<JobRunReport> {
  const { jobName, jobRunId, state } = event.detail;
  const [run, jobState] = await Promise.all([
    getJobRun(jobName, jobRunId),
    getJobState(settings.jobStateTable, jobName),
  ]);
  const since = run.StartedOn ?? new Date(0);
  const logLines = state === 'SUCCEEDED' ? [] : await getLastLogLines(settings.glueLogGroup, jobName, since);
  return buildReport({ settings, event, ...job, run, jobState, logLines });
}

async function store(report: JobRunReport): Promise<string> {
  const key = reportKey(report);
  const html = renderJobRunPage(report);
  await Promise.all([
    putText(settings.reportsBucket, `${key}.html`, 'text/html; charset=utf-8', html),
    putText(settings.reportsBucket, `${key}.json`, 'application/json', JSON.stringify(report, null, 2)),
  ]);
  return `s3://${settings.reportsBucket}/${key}.html`;
}
