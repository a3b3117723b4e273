import type { JobRun } from '@aws-sdk/client-glue';
import { Naming, STAGES, type Stage } from '../modules/naming';
import type { MonitoringEnvironment } from './environment';

/** EventBridge event `Glue Job State Change`. AWS sends one per finished run, at least once, on best effort. */
export interface JobStateChangeEvent {
  readonly source: 'aws.glue';
  readonly 'detail-type': 'Glue Job State Change';
  readonly time: string;
  readonly detail: {
    readonly jobName: string;
    readonly jobRunId: string;
    /** SUCCEEDED, FAILED, TIMEOUT or STOPPED. */
    readonly state: string;
    readonly message: string;
  };
}

export const COUNTS = ['read', 'good', 'quarantined', 'duplicates', 'published'] as const;

/** What became of the rows that a stage read: read = good + quarantined + duplicates. Null is what was not counted. */
export type Counts = Readonly<Record<(typeof COUNTS)[number], number | null>>;

const NOT_COUNTED: Counts = { read: null, good: null, quarantined: null, duplicates: null, published: null };

/** The job's own record of its latest run, as it keeps it in the job-state table. */
export interface JobState {
  readonly jobRunId: string;
  readonly batches: readonly string[];
  readonly counts: Counts;
  readonly error: string | null;
}

/** One line of a job's run journal. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly message: string;
}

/** A command for the operator, and what it is for. */
export interface NextStep {
  readonly purpose: string;
  readonly command: string;
}

/** Everything that a person wants to know about one finished job run. Times are ISO 8601, UTC. */
export interface JobRunReport {
  readonly environment: string;
  readonly dataset: string;
  readonly stage: Stage;
  readonly jobName: string;
  readonly jobRunId: string;
  readonly state: string;
  readonly failed: boolean;
  /** One sentence: which stage of which data set ended how. */
  readonly headline: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Time in which the run used resources, start-up not counted. */
  readonly seconds: number;
  readonly dpuHours: number;
  readonly workers: string;
  readonly glueVersion: string;
  /** 1 for the first; Glue's own retries count up from there. */
  readonly attempt: number;
  readonly batches: readonly string[];
  readonly counts: Counts;
  readonly error: string | null;
  /** What the failure means for those who read the data; null if the run succeeded. */
  readonly meaning: string | null;
  readonly nextSteps: readonly NextStep[];
  readonly logLines: readonly LogLine[];
}

const ENDED: Record<string, string> = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMEOUT: 'ran into its timeout',
  STOPPED: 'was stopped',
};

const MEANING: Record<Stage, string> = {
  ingest: 'New source data has not been taken in. It stays where it was delivered.',
  process: 'Batches that were taken in have not been processed. The raw files are safe.',
  validate: 'Processed batches have not passed their quality check, so they have not been published.',
  curate: 'Batches that passed their quality check have not been published.',
};

/** Which stage of which data set a job is; null for a job that is not one of this environment's. */
export function parseJobName(jobName: string, environment: string): { stage: Stage; dataset: string } | null {
  const naming = new Naming(environment);
  const stage = STAGES.find((candidate) => jobName.startsWith(naming.job(candidate, '')));
  return stage ? { stage, dataset: jobName.slice(naming.job(stage, '').length) } : null;
}

/** Puts together what Glue, the job and its journal say about a run. Only SUCCEEDED counts as success. */
export function buildReport(input: {
  readonly settings: MonitoringEnvironment;
  readonly event: JobStateChangeEvent;
  readonly stage: Stage;
  readonly dataset: string;
  readonly run: JobRun;
  readonly jobState: JobState | null;
  readonly logLines: readonly LogLine[];
}): JobRunReport {
  const { settings, event, stage, dataset, run } = input;
  const { jobName, jobRunId, state, message } = event.detail;
  const failed = state !== 'SUCCEEDED';
  // The table holds the latest run only: an item of another run says nothing about this one.
  const own = input.jobState?.jobRunId === jobRunId ? input.jobState : null;
  const seconds = run.ExecutionTime ?? 0;
  return {
    environment: settings.environment,
    dataset,
    stage,
    jobName,
    jobRunId,
    state,
    failed,
    headline: `${dataset}: ${stage} ${ENDED[state] ?? `ended as ${state}`}`,
    startedAt: (run.StartedOn ?? new Date(event.time)).toISOString(),
    finishedAt: (run.CompletedOn ?? new Date(event.time)).toISOString(),
    seconds,
    // Glue gives DPUSeconds for runs that scale by themselves; others hold their capacity throughout.
    dpuHours: (run.DPUSeconds ?? (run.MaxCapacity ?? 0) * seconds) / 3600,
    workers: run.NumberOfWorkers ? `${run.NumberOfWorkers} × ${run.WorkerType}` : '',
    glueVersion: run.GlueVersion ?? '',
    attempt: (run.Attempt ?? 0) + 1,
    batches: own?.batches ?? [],
    counts: own?.counts ?? NOT_COUNTED,
    error: failed ? own?.error || run.ErrorMessage || message : null,
    meaning: failed ? `${MEANING[stage]} Consumers of ${dataset} go on seeing what was published last.` : null,
    nextSteps: failed ? nextSteps(settings, jobName, dataset) : [],
    logLines: input.logLines,
  };
}

function nextSteps(settings: MonitoringEnvironment, jobName: string, dataset: string): NextStep[] {
  const workflow = new Naming(settings.environment).workflow(dataset);
  return [
    {
      purpose: "Read the job's log",
      command: `aws logs get-log-events --log-group-name "${settings.glueLogGroup}" --log-stream-name "${jobName}"`,
    },
    {
      purpose: 'See its latest state',
      command: `aws dynamodb get-item --table-name "${settings.jobStateTable}" --key '{"job_name":{"S":"${jobName}"}}'`,
    },
    {
      purpose: 'Run it again once the cause is mended; it takes up the work left undone, and repeats none',
      command: `aws glue start-workflow-run --name "${workflow}"`,
    },
  ];
}

/** Key of the report's objects in the reports bucket, without extension; by the day on which the run started. */
export function reportKey(report: JobRunReport): string {
  return `reports/${report.startedAt.slice(0, 10).replaceAll('-', '/')}/${report.jobName}/${report.jobRunId}`;
}

/** A value of a metric with dimension `JobName`. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: 'Count' | 'Seconds';
}

/** The run in figures. Both outcomes are always given, so that neither series is ever missing while jobs run. */
export function runMetrics({ failed, seconds, counts }: JobRunReport): Metric[] {
  const rows = [
    { name: 'RowsRead', value: counts.read },
    { name: 'RowsQuarantined', value: counts.quarantined },
    { name: 'RowsPublished', value: counts.published },
  ];
  return [
    { name: 'JobRunsSucceeded', value: failed ? 0 : 1, unit: 'Count' },
    { name: 'JobRunsFailed', value: failed ? 1 : 0, unit: 'Count' },
    { name: 'DurationSeconds', value: seconds, unit: 'Seconds' },
    ...rows.flatMap(({ name, value }): Metric[] => (value === null ? [] : [{ name, value, unit: 'Count' }])),
  ];
}
