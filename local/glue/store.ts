import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { JobRun, WorkflowRun } from '@aws-sdk/client-glue';
import { Wire } from './wire';

export type Definition = Record<string, unknown>;

/** A job run, and the workflow run that it belongs to. */
export interface JobRunRecord {
  run: Wire<JobRun> & { Id: string; JobName: string };
  workflow?: { name: string; runId: string };
}

export interface WorkflowRunRecord {
  run: Wire<WorkflowRun> & { Name: string; WorkflowRunId: string };
  /** Names of the triggers that have fired in it. */
  fired: string[];
  /** Actions of these triggers that could not be started. */
  errored: number;
}

export interface State {
  /** By kind, then by name. */
  definitions: Record<string, Record<string, Definition>>;
  /** By ARN. */
  tags: Record<string, Record<string, string>>;
  /** By id, oldest first. */
  jobRuns: Record<string, JobRunRecord>;
  workflowRuns: Record<string, WorkflowRunRecord>;
}

/** What the service remembers, in memory and in a file. */
export class Store {
  readonly state: State = { definitions: {}, tags: {}, jobRuns: {}, workflowRuns: {} };

  constructor(private readonly file: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    if (existsSync(file)) Object.assign(this.state, JSON.parse(readFileSync(file, 'utf8')));
  }

  /** To be called after a change. */
  save(): void {
    const draft = `${this.file}.new`;
    writeFileSync(draft, JSON.stringify(this.state));
    renameSync(draft, this.file);
  }
}
