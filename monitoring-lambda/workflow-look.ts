import type { JobRun, Workflow, WorkflowRun } from '@aws-sdk/client-glue';
import type { Datum } from './aws';
import type { MetricName } from './metrics';

const ENDED_WORKFLOW = new Set<string | undefined>(['COMPLETED', 'STOPPED', 'ERROR']);
const ENDED_JOB = new Set<string | undefined>(['SUCCEEDED', 'FAILED', 'TIMEOUT', 'STOPPED']);

/** Whether a workflow run ended after `from`, and by `until`. */
export function endedWithin({ Status, CompletedOn }: WorkflowRun, from: Date, until: Date): boolean {
  return ENDED_WORKFLOW.has(Status) && CompletedOn !== undefined && CompletedOn > from && CompletedOn <= until;
}

/** Whether no run of the workflow can have ended after that: there was none, or the last one ended before. */
export function isQuietSince({ LastRun }: Workflow, from: Date): boolean {
  return !LastRun || (ENDED_WORKFLOW.has(LastRun.Status) && (LastRun.CompletedOn ?? from) <= from);
}

/** The age of a data set, and zeros: so that those series are never missing. */
export function ageMetrics(dataset: string, freshnessSeconds: number): Datum[] {
  return [
    datum(dataset, 'FreshnessSeconds', freshnessSeconds),
    datum(dataset, 'FailedActions', 0),
    datum(dataset, 'RunsNotStarted', 0),
  ];
}

/** What went wrong in a workflow run that has ended, if anything did: it says COMPLETED whatever became of its jobs. */
export function actionMetrics(dataset: string, run: WorkflowRun): Datum[] {
  const counts = { FailedActions: failedActions(run), RunsNotStarted: notStarted(run) };
  return Object.entries(counts).flatMap(([name, value]) =>
    value > 0 ? [datum(dataset, name as keyof typeof counts, value)] : [],
  );
}

function failedActions({ Statistics: counts = {} }: WorkflowRun): number {
  return (counts.FailedActions ?? 0) + (counts.TimeoutActions ?? 0) + (counts.StoppedActions ?? 0);
}

/** Actions that Glue could not start; and where none failed, those that nothing kept from starting. */
function notStarted(run: WorkflowRun): number {
  const { Status, Statistics: counts = {} } = run;
  const errored = counts.ErroredActions ?? 0;
  if (Status === 'ERROR') return Math.max(1, errored);
  if (errored > 0 || failedActions(run) > 0 || Status === 'STOPPED') return errored;
  return Math.max(0, (counts.TotalActions ?? 0) - (counts.SucceededActions ?? 0));
}

/** The job runs of workflow runs that have ended. */
export function endedJobRuns(runs: readonly WorkflowRun[]): JobRun[] {
  const nodes = runs.flatMap(({ Graph }) => Graph?.Nodes ?? []);
  return nodes
    .flatMap(({ JobDetails }) => JobDetails?.JobRuns ?? [])
    .filter(({ JobRunState }) => ENDED_JOB.has(JobRunState));
}

function datum(dataset: string, name: MetricName, value: number): Datum {
  return { name, value, dimension: 'Dataset', of: dataset };
}
