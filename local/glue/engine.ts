import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
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

export interface Command {
  program: string;
  parameters: string[];
  environment: NodeJS.ProcessEnv;
}

/** What carries out job runs and tells the rest of the account of them. */
export interface Engine {
  /** Makes all ready that the run's process needs. */
  prepare(execution: Execution): Promise<Command>;
  /** Publishes what a run has left: logs, metrics, Spark's event log. Called before the run is said to have ended. */
  publish(execution: Execution, outcome: Pick<Wire<JobRun>, 'JobRunState' | 'ErrorMessage'>): Promise<void>;
  /** Tells the event bus. */
  announce(detailType: string, detail: Record<string, unknown>): Promise<void>;
}

const GRACE_MILLISECONDS = 10_000;

/**
 * Runs a command until it ends, with `stdout` and `stderr` in files of these names; when the signal is aborted, it and
 * all of its children are ended.
 *
 * @returns its exit code, null if a signal ended it
 */
export async function runCommand(command: Command, folder: string, signal: AbortSignal): Promise<number | null> {
  mkdirSync(folder, { recursive: true });
  const outputs = ['stdout', 'stderr'].map((name) => openSync(path.join(folder, name), 'w'));
  const child = spawn(command.program, command.parameters, {
    cwd: folder,
    env: command.environment,
    detached: true,
    stdio: ['ignore', ...outputs],
  });
  outputs.forEach(closeSync);
  let force: NodeJS.Timeout | undefined;
  const end = () => {
    killGroup(child.pid!, 'SIGTERM');
    force = setTimeout(() => killGroup(child.pid!, 'SIGKILL'), GRACE_MILLISECONDS);
  };
  try {
    return await new Promise((resolve, reject) => {
      child.once('spawn', () => {
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      });
      child.once('exit', resolve).once('error', reject);
    });
  } finally {
    clearTimeout(force);
    signal.removeEventListener('abort', end);
    if (child.pid) killGroup(child.pid, 'SIGKILL');
  }
}
