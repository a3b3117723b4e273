import { Job, JobRun } from '@aws-sdk/client-glue';
import { killGroup } from '../processes';
import { JobRunRecord } from './store';
import { Wire } from './wire';

/** A run and all that it takes to carry it out and to report on it. */
export interface Execution {
  record: JobRunRecord;
  job: Wire<Job>;
  /** Arguments of the run over those of the job. */
  arguments: Record<string, string>;
  /** For what the run needs and leaves on this machine, such as the files `stdout` and `stderr`. */
  folder: string;
}

/** Carries out a run until it ends, or the signal ends it; answers its exit code, null if a signal ended it. */
export type Run = (signal: AbortSignal) => Promise<number | null>;

/** What carries out job runs and tells the rest of the account of them. */
export interface Engine {
  /** Makes ready all that the run needs. */
  prepare(execution: Execution): Promise<Run>;
  /** Publishes what a run has left: logs, metrics, Spark's event log. Called before the run is said to have ended. */
  publish(execution: Execution, outcome: Pick<Wire<JobRun>, 'JobRunState' | 'ErrorMessage'>): Promise<void>;
  /** Tells the event bus. */
  announce(detailType: string, detail: Record<string, unknown>): Promise<void>;
}

const GRACE_MILLISECONDS = 10_000;

/**
 * Has the process that leads a group, and all of its children, ended when the signal is aborted.
 *
 * @returns a function that stops watching the signal
 */
export function endWith(leader: number, signal: AbortSignal): () => void {
  let force: NodeJS.Timeout | undefined;
  const end = () => {
    killGroup(leader, 'SIGTERM');
    force = setTimeout(() => killGroup(leader, 'SIGKILL'), GRACE_MILLISECONDS);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return () => {
    clearTimeout(force);
    signal.removeEventListener('abort', end);
  };
}
