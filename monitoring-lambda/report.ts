import type { JobRun } from '@aws-sdk/client-glue';
import { Naming, type Stage } from '../modules/naming';
import type { MonitoringEnvironment } from './environment';
import type { JobIdentity, JobStateChangeEvent } from './events';
import type { Performance } from './performance';
import { usageOf, type Usage } from './usage';

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

/** One line of a log. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly message: string;
}

/** The lines of a run's logs that matter around its errors. */
export interface ErrorLines {
  readonly journal: readonly LogLine[];
  readonly driver: readonly LogLine[];
}

/** A command for the operator, and what it is for. */
export interface NextStep {
  readonly purpose: string;
  readonly command: string;
}

/** What Glue and the job say of a finished run. Times are ISO 8601, UTC. */
export interface RunFacts extends Usage, JobIdentity {
  readonly environment: string;
  readonly jobName: string;
  readonly jobRunId: string;
  readonly state: string;
  readonly failed: boolean;
  /** One sentence: which stage of which data set ended how. */
  readonly headline: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly glueVersion: string;
  /** 1 for the first; Glue's own retries count up from there. */
  readonly attempt: number;
  readonly batches: readonly string[];
  readonly counts: Counts;
  readonly error: string | null;
  /** What the failure means for those who read the data; null if the run succeeded. */
  readonly meaning: string | null;
  readonly nextSteps: readonly NextStep[];
}

/** Everything that a person wants to know about one finished job run. */
export interface JobRunReport extends RunFacts {
  /** The quality rules of severity `error` that its batches broke, with what was observed. */
  readonly failedRules: readonly string[];
  readonly errorLines: ErrorLines;
  /** Null where it cannot be told. */
  readonly performance: Performance | null;
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

/** Puts together what Glue and the job say about a run. Only SUCCEEDED counts as success. */
export function runFacts(input: {
  readonly settings: MonitoringEnvironment;
  readonly event: JobStateChangeEvent;
  readonly job: JobIdentity;
  readonly run: JobRun;
  readonly jobState: JobState | null;
}): RunFacts {
  const { settings, event, job, run } = input;
  const { dataset, stage } = job;
  const { jobName, jobRunId, state, message } = event.detail;
  const failed = state !== 'SUCCEEDED';
  // The table holds the latest run only: an item of another run says nothing about this one.
  const own = input.jobState?.jobRunId === jobRunId ? input.jobState : null;
  return {
    ...job,
    ...usageOf(run),
    environment: settings.environment,
    jobName,
    jobRunId,
    state,
    failed,
    headline: `${dataset}: ${stage} ${ENDED[state] ?? `ended as ${state}`}`,
    startedAt: (run.StartedOn ?? new Date(event.time)).toISOString(),
    finishedAt: (run.CompletedOn ?? new Date(event.time)).toISOString(),
    glueVersion: run.GlueVersion ?? '',
    attempt: (run.Attempt ?? 0) + 1,
    batches: own?.batches ?? [],
    counts: own?.counts ?? NOT_COUNTED,
    error: failed ? own?.error || run.ErrorMessage || message : null,
    meaning: failed ? `${MEANING[stage]} Consumers of ${dataset} go on seeing what was published last.` : null,
    nextSteps: failed ? nextSteps(settings, jobName, dataset) : [],
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

/** Whether a run did anything: one that found nothing new says little of those that do. */
export function isBusy({ batches, failed }: Pick<RunFacts, 'batches' | 'failed'>): boolean {
  return failed || batches.length > 0;
}

/** Key of the objects of a day in the reports bucket. */
export function dayKey(iso: string): string {
  return `reports/${iso.slice(0, 10).replaceAll('-', '/')}`;
}

/** Key of the report's objects, without extension; by the day on which the run started. */
export function reportKey({ startedAt, jobName, jobRunId }: RunFacts): string {
  return `${dayKey(startedAt)}/${jobName}/${jobRunId}`;
}
