import { Node, Trigger, WorkflowGraph, WorkflowRunStatistics } from '@aws-sdk/client-glue';
import { isActive } from './job-run';
import { JobRunRecord, WorkflowRunRecord } from './store';
import { Wire } from './wire';

/** How the actions of a workflow run have fared; a job's later attempt takes the place of the one before. */
export function statistics(
  triggers: Trigger[],
  runs: JobRunRecord[],
  { errored }: Pick<WorkflowRunRecord, 'errored'>,
): WorkflowRunStatistics {
  const latest = [...new Map(runs.map((record) => [record.run.JobName, record])).values()];
  const count = (state: string) => latest.filter(({ run }) => run.JobRunState === state).length;
  return {
    TotalActions: triggers.flatMap(({ Actions }) => Actions ?? []).length,
    SucceededActions: count('SUCCEEDED'),
    FailedActions: count('FAILED'),
    TimeoutActions: count('TIMEOUT'),
    StoppedActions: count('STOPPED'),
    RunningActions: latest.filter(isActive).length,
    ErroredActions: errored,
    WaitingActions: 0,
  };
}

/** Triggers and jobs of a workflow as a graph, with the runs of the jobs, newest first. */
export function graph(triggers: Trigger[], runs: JobRunRecord[]): Wire<WorkflowGraph> {
  const jobs = new Set(triggers.flatMap(({ Actions = [] }) => Actions.flatMap(({ JobName }) => JobName ?? [])));
  const jobNodes = [...jobs].map((Name): Wire<Node> => {
    const JobRuns = runs.filter(({ run }) => run.JobName === Name).map(({ run }) => run);
    return { Type: 'JOB', Name, UniqueId: `job_${Name}`, JobDetails: { JobRuns: JobRuns.reverse() } };
  });
  const triggerNodes = triggers.map((Trigger): Wire<Node> => {
    return { Type: 'TRIGGER', Name: Trigger.Name, UniqueId: `trigger_${Trigger.Name}`, TriggerDetails: { Trigger } };
  });
  const edges = triggers.flatMap(({ Name, Actions = [], Predicate }) => [
    ...(Predicate?.Conditions ?? []).map(({ JobName }) => [`job_${JobName}`, `trigger_${Name}`]),
    ...Actions.map(({ JobName }) => [`trigger_${Name}`, `job_${JobName}`]),
  ]);
  return {
    Nodes: [...triggerNodes, ...jobNodes],
    Edges: edges.map(([SourceId, DestinationId]) => ({ SourceId, DestinationId })),
  };
}
