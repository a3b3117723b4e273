import { randomBytes } from 'node:crypto';
import { Action, Trigger, Workflow } from '@aws-sdk/client-glue';
import { Definitions } from './definitions';
import { EventBatches } from './event-batches';
import { isActive } from './job-run';
import { JobRuns } from './job-runs';
import { isMet } from './predicate';
import { JobRunRecord, Store, WorkflowRunRecord } from './store';
import { Actions, GlueError, now, page } from './wire';
import { graph, statistics } from './workflow-graph';

type NamedTrigger = Trigger & { Name: string };

interface RunRequest {
  Name: string;
  RunId: string;
  IncludeGraph?: boolean;
}

/** Runs of workflows: triggers start jobs, whose ends fire further triggers. */
export class WorkflowRuns {
  private readonly batches = new EventBatches((workflow) => this.startByEvents(workflow));

  constructor(
    private readonly store: Store,
    private readonly definitions: Definitions,
    private readonly jobRuns: JobRuns,
  ) {
    // What an earlier service was doing has stopped with it.
    for (const record of this.all()) if (isRunning(record)) this.conclude(record, 'STOPPED');
    jobRuns.on('ended', ({ workflow }) => {
      const record = workflow && this.store.state.workflowRuns[workflow.runId];
      if (record && isRunning(record)) this.advance(record);
    });
  }

  actions(): Actions {
    const found = ({ Name, RunId }: RunRequest) => this.find(Name, RunId);
    return {
      GetWorkflow: ({ Name, IncludeGraph }: RunRequest) => {
        const shape = IncludeGraph && { Graph: graph(this.triggersOf(Name), []) };
        return { Workflow: { ...this.workflow(Name), ...shape } };
      },
      BatchGetWorkflows: ({ Names }: { Names: string[] }) => {
        const known = new Set(this.definitions.list('Workflow').map(({ Name }) => Name));
        return {
          Workflows: Names.filter((name) => known.has(name)).map((name) => this.workflow(name)),
          MissingWorkflows: Names.filter((name) => !known.has(name)),
        };
      },
      StartWorkflowRun: ({ Name, RunProperties }: { Name: string; RunProperties?: Record<string, string> }) => ({
        RunId: this.start(Name, RunProperties),
      }),
      GetWorkflowRun: (request: RunRequest) => ({ Run: this.shown(found(request), request.IncludeGraph) }),
      GetWorkflowRuns: (request: RunRequest & { MaxResults?: number; NextToken?: string }) => {
        this.definitions.get('Workflow', request.Name);
        const records = this.all().filter(({ run }) => run.Name === request.Name);
        return page(
          'Runs',
          records.reverse().map((record) => this.shown(record, request.IncludeGraph)),
          request,
        );
      },
      StopWorkflowRun: (request: RunRequest) => this.stop(found(request)),
      GetWorkflowRunProperties: (request: RunRequest) => ({
        RunProperties: found(request).run.WorkflowRunProperties ?? {},
      }),
      PutWorkflowRunProperties: (request: RunRequest & { RunProperties: Record<string, string> }) => {
        const { run } = found(request);
        run.WorkflowRunProperties = { ...run.WorkflowRunProperties, ...request.RunProperties };
        this.store.save();
        return {};
      },
      StartTrigger: ({ Name }: { Name: string }) => this.startTrigger(Name),
      StopTrigger: ({ Name }: { Name: string }) => {
        this.definitions.get('Trigger', Name).State = 'DEACTIVATED';
        this.store.save();
        return { Name };
      },
    };
  }

  /** A workflow with its last run. */
  private workflow(name: string): object {
    const definition = this.definitions.get('Workflow', name);
    const last = this.all().findLast(({ run }) => run.Name === name);
    return { ...definition, ...(last && { LastRun: this.shown(last) }) };
  }

  /** Takes note of an event that has a workflow for its target. */
  notify(name: string): void {
    const trigger = this.triggersOf(name).find(({ Type }) => Type === 'EVENT');
    if (trigger) this.batches.add(name, trigger.EventBatchingCondition ?? {});
    else console.error(`Event for workflow ${name} is lost: its start trigger is not of type EVENT`);
  }

  private startByEvents(name: string): void {
    try {
      this.start(name);
    } catch (error) {
      console.error(`Workflow ${name} was not started by its events: ${(error as Error).message}`);
    }
  }

  private start(name: string, properties: Record<string, string> = {}): string {
    const workflow = this.definitions.get('Workflow', name) as Workflow;
    const active = this.all().filter((record) => record.run.Name === name && isRunning(record));
    if (workflow.MaxConcurrentRuns && active.length >= workflow.MaxConcurrentRuns) {
      throw new GlueError('ConcurrentRunsExceededException', `Concurrent runs exceeded for workflow ${name}`);
    }
    const trigger = this.triggersOf(name).find(({ Type }) => Type !== 'CONDITIONAL');
    if (!trigger) throw new GlueError('InvalidInputException', `Workflow ${name} has no start trigger.`);
    const record: WorkflowRunRecord = {
      run: {
        Name: name,
        WorkflowRunId: `wr_${randomBytes(32).toString('hex')}`,
        WorkflowRunProperties: { ...workflow.DefaultRunProperties, ...properties },
        StartedOn: now(),
        Status: 'RUNNING',
      },
      fired: [],
      errored: 0,
    };
    this.store.state.workflowRuns[record.run.WorkflowRunId] = record;
    this.fire(record, trigger);
    this.advance(record);
    return record.run.WorkflowRunId;
  }

  /** Starts an on-demand trigger's jobs, or its workflow; lets any other begin to wait for what it waits for. */
  private startTrigger(name: string): { Name: string } {
    const trigger = this.definitions.get('Trigger', name) as unknown as NamedTrigger;
    if (trigger.Type === 'EVENT') throw new GlueError('InvalidInputException', 'Trigger Type EVENT cannot be started');
    if (trigger.Type !== 'ON_DEMAND') trigger.State = 'ACTIVATED';
    else if (trigger.WorkflowName) this.start(trigger.WorkflowName);
    else for (const action of trigger.Actions ?? []) this.jobRuns.start(jobRequest(action), { trigger: name });
    this.store.save();
    return { Name: name };
  }

  private fire(record: WorkflowRunRecord, trigger: NamedTrigger): void {
    const { Name: name, WorkflowRunId: runId } = record.run;
    record.fired.push(trigger.Name);
    for (const action of trigger.Actions ?? []) {
      try {
        this.jobRuns.start(jobRequest(action), { workflow: { name, runId }, trigger: trigger.Name });
      } catch (error) {
        if (!(error instanceof GlueError)) throw error;
        record.errored += 1;
        record.run.ErrorMessage = error.message;
      }
    }
  }

  /** Fires the triggers that what has happened calls for; a run in which nothing goes on any more has ended. */
  private advance(record: WorkflowRunRecord): void {
    const stopping = record.run.Status === 'STOPPING';
    const runs = this.runsIn(record);
    const states = new Map(runs.map(({ run }) => [run.JobName, String(run.JobRunState)]));
    for (const trigger of this.triggersOf(record.run.Name)) {
      const waits = trigger.Type === 'CONDITIONAL' && trigger.State === 'ACTIVATED';
      if (stopping || !waits || record.fired.includes(trigger.Name)) continue;
      if (isMet(trigger.Predicate ?? {}, states)) this.fire(record, trigger);
    }
    if (!this.runsIn(record).some(isActive)) this.conclude(record, stopping ? 'STOPPED' : 'COMPLETED');
    this.store.save();
  }

  private stop(record: WorkflowRunRecord): object {
    if (!isRunning(record)) {
      throw new GlueError('IllegalWorkflowStateException', `Workflow run ${record.run.WorkflowRunId} is not running.`);
    }
    record.run.Status = 'STOPPING';
    for (const run of this.runsIn(record)) this.jobRuns.stop(run);
    return {};
  }

  private conclude(record: WorkflowRunRecord, status: 'COMPLETED' | 'STOPPED'): void {
    Object.assign(record.run, { Status: status, CompletedOn: now() });
    this.store.save();
  }

  private shown(record: WorkflowRunRecord, includeGraph = false) {
    const [triggers, runs] = [this.triggersOf(record.run.Name), this.runsIn(record)];
    const Statistics = statistics(triggers, runs, record);
    return { ...record.run, Statistics, ...(includeGraph && { Graph: graph(triggers, runs) }) };
  }

  /** Oldest first. */
  private runsIn({ run }: WorkflowRunRecord): JobRunRecord[] {
    return this.jobRuns.all().filter(({ workflow }) => workflow?.runId === run.WorkflowRunId);
  }

  private triggersOf(workflow: string): NamedTrigger[] {
    const triggers = this.definitions.list('Trigger') as unknown as NamedTrigger[];
    return triggers.filter(({ WorkflowName }) => WorkflowName === workflow);
  }

  private find(name: string, runId: string): WorkflowRunRecord {
    const record = this.store.state.workflowRuns[runId];
    if (record?.run.Name === name && record) return record;
    throw new GlueError('EntityNotFoundException', `Run ${runId} of workflow ${name} not found.`);
  }

  private all(): WorkflowRunRecord[] {
    return Object.values(this.store.state.workflowRuns);
  }
}

function isRunning({ run }: WorkflowRunRecord): boolean {
  return run.Status === 'RUNNING' || run.Status === 'STOPPING';
}

function jobRequest({ JobName, Arguments, Timeout, SecurityConfiguration, NotificationProperty }: Action) {
  if (!JobName) throw new GlueError('OperationNotSupportedException', 'Crawlers are not run here.');
  return { JobName, Arguments, Timeout, SecurityConfiguration, NotificationProperty };
}
