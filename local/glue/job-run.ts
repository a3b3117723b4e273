import { createHash, randomBytes } from 'node:crypto';
import { Job, JobRunState, StartJobRunRequest } from '@aws-sdk/client-glue';
import { JobRunRecord } from './store';
import { now, Wire } from './wire';

export type DefinedJob = Wire<Job> & { Name: string };

const ACTIVE: readonly (JobRunState | undefined)[] = ['STARTING', 'RUNNING', 'STOPPING'];

export function isActive({ run }: JobRunRecord): boolean {
  return ACTIVE.includes(run.JobRunState);
}

/** Id of a later attempt of a run: `jr_…_attempt_1` and so on. */
export function attemptId(id: string, attempt: number): string {
  return `${id.replace(/_attempt_\d+$/, '')}_attempt_${attempt}`;
}

/** A run of a job that is about to start. */
export function newRun(job: DefinedJob, request: Wire<StartJobRunRequest>): JobRunRecord['run'] {
  const started = now();
  return {
    Id: `jr_${randomBytes(32).toString('hex')}`,
    JobName: job.Name,
    Attempt: 0,
    JobRunState: 'STARTING',
    StartedOn: started,
    LastModifiedOn: started,
    ExecutionTime: 0,
    Arguments: request.Arguments ?? {},
    Timeout: request.Timeout ?? job.Timeout,
    NotificationProperty: request.NotificationProperty ?? job.NotificationProperty,
    SecurityConfiguration: request.SecurityConfiguration ?? job.SecurityConfiguration,
    WorkerType: request.WorkerType ?? job.WorkerType,
    NumberOfWorkers: request.NumberOfWorkers ?? job.NumberOfWorkers,
    MaxCapacity: request.MaxCapacity ?? job.MaxCapacity,
    AllocatedCapacity: job.AllocatedCapacity,
    ExecutionClass: request.ExecutionClass ?? job.ExecutionClass,
    GlueVersion: job.GlueVersion,
    LogGroupName: '/aws-glue/jobs',
    PredecessorRuns: [],
  };
}

/** All arguments that Glue hands to the script of a run, in order of precedence. */
export function runArguments(job: Wire<Job>, { run, workflow }: JobRunRecord): Record<string, string> {
  return {
    ...job.DefaultArguments,
    ...run.Arguments,
    ...job.NonOverridableArguments,
    '--JOB_ID': `j_${createHash('sha256').update(run.JobName).digest('hex')}`,
    '--JOB_RUN_ID': run.Id,
    '--JOB_NAME': run.JobName,
    ...(workflow && { '--WORKFLOW_NAME': workflow.name, '--WORKFLOW_RUN_ID': workflow.runId }),
  };
}
