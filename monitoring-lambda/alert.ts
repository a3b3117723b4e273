import type { JobRunReport } from './report';

/** SNS refuses a longer subject, and one with a line break. */
const MAX_SUBJECT_LENGTH = 99;
/** SNS takes 256 KiB; the whole text stands in the report. */
const MAX_ERROR_LENGTH = 10_000;

/** A message to the operator. */
export interface Alert {
  readonly subject: string;
  readonly message: string;
}

/** The mail about a failed run, the job's own error first. `reportUri` is where the HTML report lies. */
export function renderAlert(report: JobRunReport, reportUri: string): Alert {
  const steps = report.nextSteps.map((step) => `${step.purpose}:\n  ${step.command}`);
  return {
    subject: `[${report.environment}] ${report.headline}`.slice(0, MAX_SUBJECT_LENGTH),
    message: [
      `${report.headline} in environment ${report.environment}, at ${report.finishedAt}.`,
      report.error?.slice(0, MAX_ERROR_LENGTH),
      report.meaning,
      `Job ${report.jobName}\nRun ${report.jobRunId}, attempt ${report.attempt}, ${report.seconds} s`,
      `Report:\n  aws s3 cp "${reportUri}" report.html`,
      ...steps,
    ].join('\n\n'),
  };
}
