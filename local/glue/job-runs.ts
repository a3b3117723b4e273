import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { JobRun, JobRunState, StartJobRunRequest } from '@aws-sdk/client-glue';
import { Definitions } from './definitions';
import { Engine, Execution } from './engine';
import { failureMessage } from './failure';
import { attemptId, DefinedJob, isActive, newRun, runArguments } from './job-run';
import { Slots } from './slots';
import { JobRunRecord, Store } from './store';
import { Actions, GlueError, now, page, Wire } from './wire';

type Outcome = Pick<Wire<JobRun>, 'JobRunState' | 'ErrorMessage'>;

/** Why a run is ended early; also the state that it ends in. */
type Cause = 'STOPPED' | 'TIMEOUT';

const SEVERITIES: Partial<Record<JobRunState, string>> = { FAILED: 'ERROR', TIMEOUT: 'WARN' };
const MESSAGES: Partial<Record<JobRunState, string>> = {
  SUCCEEDED: 'Job run succeeded',
  STOPPED: 'Job run stopped',
  TIMEOUT: 'Job run timed out',
};

export interface JobRunsOptions {
  store: Store;
  definitions: Definitions;
  engine: Engine;
  /** Holds a folder per run. */
  folder: string;
  /** Runs at a time; further ones wait in state STARTING. */
  concurrentRuns: number;
  /** What a minute of a timeout lasts. @default 60000 */
  minuteMilliseconds?: number;
}

/** Runs of jobs, from their start to their end. Emits `ended` with the record of a run that has. */
export class JobRuns extends EventEmitter<{ ended: [JobRunRecord] }> {
  private readonly slots: Slots;
  private readonly controls = new Map<string, AbortController>();

  constructor(private readonly options: JobRunsOptions) {
    super();
    this.slots = new Slots(options.concurrentRuns);
    // A run whose process went with an earlier service has ended.
    for (const record of this.all().filter(isActive)) this.conclude(record, { JobRunState: 'STOPPED' });
  }

  /** Oldest first. */
  all(): JobRunRecord[] {
    return Object.values(this.options.store.state.jobRuns);
  }

  /**
   * Starts a run, which goes on by itself.
   *
   * @throws GlueError if there is no such job, or too many runs of it are active
   */
  start(request: StartJobRunRequest, origin: Pick<JobRunRecord, 'workflow'> & { trigger?: string } = {}): JobRunRecord {
    const job = this.job(String(request.JobName));
    const limit = job.ExecutionProperty?.MaxConcurrentRuns ?? 1;
    const active = this.all().filter((record) => record.run.JobName === job.Name && isActive(record));
    if (active.length >= limit) {
      throw new GlueError('ConcurrentRunsExceededException', `Concurrent runs exceeded for ${job.Name}`);
    }
    const run = {
      ...newRun(job, request),
      ...(origin.trigger && { TriggerName: origin.trigger }),
    };
    return this.begin({ run, workflow: origin.workflow }, job);
  }

  /** Ends a run early; does nothing if it has ended. */
  stop(record: JobRunRecord, cause: Cause = 'STOPPED'): void {
    if (!isActive(record)) return;
    this.change(record, { JobRunState: 'STOPPING' });
    this.controls.get(record.run.Id)?.abort(cause);
  }

  /** Ends all runs and waits until they have. */
  async close(): Promise<void> {
    const active = this.all().filter(isActive);
    const ends = active.map((record) => new Promise<void>((resolve) => this.onEnd(record, resolve)));
    for (const record of active) this.stop(record);
    await Promise.all(ends);
  }

  actions(): Actions {
    const find = (request: { JobName?: string; RunId?: string }) => this.find(request.JobName, request.RunId);
    return {
      StartJobRun: (request: StartJobRunRequest) => ({ JobRunId: this.start(request).run.Id }),
      GetJobRun: (request: { JobName: string; RunId: string }) => ({ JobRun: find(request).run }),
      GetJobRuns: (request: { JobName: string; MaxResults?: number; NextToken?: string }) => {
        this.job(request.JobName);
        const records = this.all().filter(({ run }) => run.JobName === request.JobName);
        return page(
          'JobRuns',
          records.reverse().map(({ run }) => run),
          request,
        );
      },
      BatchStopJobRun: ({ JobName, JobRunIds }: { JobName: string; JobRunIds: string[] }) => {
        const [submitted, errors] = [[] as object[], [] as object[]];
        for (const JobRunId of JobRunIds) {
          try {
            this.stop(this.find(JobName, JobRunId));
            submitted.push({ JobName, JobRunId });
          } catch (error) {
            const { code, message } = error as GlueError;
            errors.push({ JobName, JobRunId, ErrorDetail: { ErrorCode: code, ErrorMessage: message } });
          }
        }
        return { SuccessfulSubmissions: submitted, Errors: errors };
      },
      // Jobs keep their own bookmarks: Glue's are switched off, so that there never is one.
      GetJobBookmark: ({ JobName }: { JobName: string }) => noBookmark(JobName),
      ResetJobBookmark: ({ JobName }: { JobName: string }) => noBookmark(JobName),
    };
  }

  private job(name: string): DefinedJob {
    return this.options.definitions.get('Job', name) as DefinedJob;
  }

  private find(jobName?: string, runId?: string): JobRunRecord {
    const record = this.options.store.state.jobRuns[runId ?? ''];
    if (record?.run.JobName === jobName && record) return record;
    throw new GlueError('EntityNotFoundException', `Job run ${runId} of job ${jobName} not found.`);
  }

  private begin(record: JobRunRecord, job: DefinedJob): JobRunRecord {
    this.options.store.state.jobRuns[record.run.Id] = record;
    this.options.store.save();
    void this.execute(record, job);
    return record;
  }

  private async execute(record: JobRunRecord, job: DefinedJob): Promise<void> {
    const { Id } = record.run;
    const folder = path.join(this.options.folder, Id);
    const execution = { record, job, arguments: runArguments(job, record), folder };
    const control = new AbortController();
    this.controls.set(Id, control);
    let outcome: Outcome;
    try {
      outcome = await this.attempt(execution, control);
    } catch (error) {
      outcome = { JobRunState: 'FAILED', ErrorMessage: (error as Error).message };
    }
    if (control.signal.aborted) outcome = { JobRunState: control.signal.reason as Cause };
    this.controls.delete(Id);
    this.conclude(record, outcome, () => this.retry(record, job, control.signal.aborted));
  }

  /** Waits for a place, carries out the run and publishes what it leaves. */
  private async attempt(execution: Execution, control: AbortController): Promise<Outcome> {
    const { record, folder } = execution;
    const { engine, minuteMilliseconds = 60_000 } = this.options;
    const release = await this.slots.take(control.signal);
    const timers: NodeJS.Timeout[] = [];
    const after = (minutes: number, action: () => void) => {
      if (minutes > 0) timers.push(setTimeout(action, Math.min(minutes * minuteMilliseconds, 2 ** 31 - 1)));
    };
    try {
      const run = await engine.prepare(execution);
      control.signal.throwIfAborted();
      const begun = now();
      this.change(record, { JobRunState: 'RUNNING' });
      after(record.run.Timeout ?? 0, () => this.stop(record, 'TIMEOUT'));
      after(record.run.NotificationProperty?.NotifyDelayAfter ?? 0, () => this.announceDelay(record));
      const exitCode = await run(control.signal);
      const seconds = Math.round(now() - begun);
      this.change(record, { ExecutionTime: seconds, DPUSeconds: seconds * (record.run.MaxCapacity ?? 0) });
      const outcome: Outcome = control.signal.aborted
        ? { JobRunState: control.signal.reason as Cause }
        : exitCode === 0
          ? { JobRunState: 'SUCCEEDED' }
          : {
              JobRunState: 'FAILED',
              ErrorMessage: failureMessage(readFileSync(path.join(folder, 'stdout'), 'utf8'), exitCode),
            };
      await engine
        .publish(execution, outcome)
        .catch((error: Error) => console.error(`${record.run.Id}: ${error.stack}`));
      return outcome;
    } finally {
      timers.forEach(clearTimeout);
      release();
    }
  }

  /** Gives a run its final state; `before` is called with it, and before anyone hears of it. */
  private conclude(record: JobRunRecord, outcome: Outcome, before?: () => void): void {
    this.change(record, { ...outcome, CompletedOn: now() });
    before?.();
    const { JobName, Id, JobRunState, ErrorMessage } = record.run;
    this.announce('Glue Job State Change', {
      jobName: JobName,
      severity: SEVERITIES[JobRunState!] ?? 'INFO',
      state: JobRunState,
      jobRunId: Id,
      message: ErrorMessage ?? MESSAGES[JobRunState!],
    });
    this.emit('ended', record);
  }

  /** Starts the next attempt of a run that has failed. */
  private retry({ run, workflow }: JobRunRecord, job: DefinedJob, ended: boolean): void {
    const attempt = (run.Attempt ?? 0) + 1;
    if (ended || run.JobRunState !== 'FAILED' || attempt > (job.MaxRetries ?? 0)) return;
    const next = { ...newRun(job, run), TriggerName: run.TriggerName, PreviousRunId: run.Id };
    this.begin({ run: { ...next, Id: attemptId(run.Id, attempt), Attempt: attempt }, workflow }, job);
  }

  private announceDelay({ run }: JobRunRecord): void {
    this.announce('Glue Job Run Status', {
      jobName: run.JobName,
      severity: 'INFO',
      notificationCondition: run.NotificationProperty,
      state: run.JobRunState,
      jobRunId: run.Id,
      message: 'Job is currently running',
      startedOn: new Date(run.StartedOn! * 1000).toISOString(),
    });
  }

  private announce(detailType: string, detail: Record<string, unknown>): void {
    this.options.engine.announce(detailType, detail).catch((error: Error) => console.error(error));
  }

  private change(record: JobRunRecord, change: Partial<JobRunRecord['run']>): void {
    Object.assign(record.run, change, { LastModifiedOn: now() });
    this.options.store.save();
  }

  private onEnd(record: JobRunRecord, action: () => void): void {
    const listener = (ended: JobRunRecord) => {
      if (ended !== record) return;
      this.off('ended', listener);
      action();
    };
    this.on('ended', listener);
  }
}

function noBookmark(job: string): never {
  throw new GlueError('EntityNotFoundException', `Continuation for job ${job} not found`);
}
