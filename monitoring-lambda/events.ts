import { Naming, STAGES, type Stage } from '../modules/naming';

/** EventBridge event `Glue Job State Change`. AWS sends one per finished run, at least once, on best effort. */
export interface JobStateChangeEvent {
  readonly source: 'aws.glue';
  readonly 'detail-type': 'Glue Job State Change';
  readonly time: string;
  readonly detail: JobStateChange;
}

export interface JobStateChange {
  readonly jobName: string;
  readonly jobRunId: string;
  /** SUCCEEDED, FAILED, TIMEOUT or STOPPED. */
  readonly state: string;
  readonly message: string;
}

/** What a schedule asks for, and the instant for which it does. */
export interface ScheduledTask {
  readonly task: 'watch' | 'daily-summary';
  /** ISO 8601, UTC, to the second. */
  readonly time: string;
}

/** What a job is of. */
export interface JobIdentity {
  readonly stage: Stage;
  readonly dataset: string;
}

/** Which stage of which data set a job is; null for a job that is not one of this environment's. */
export function parseJobName(jobName: string, environment: string): JobIdentity | null {
  const naming = new Naming(environment);
  const stage = STAGES.find((candidate) => jobName.startsWith(naming.job(candidate, '')));
  return stage ? { stage, dataset: jobName.slice(naming.job(stage, '').length) } : null;
}
