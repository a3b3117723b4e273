import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetWorkflowRunCommand,
  GetWorkflowRunsCommand,
  GlueClient,
  JobRun,
  StartWorkflowRunCommand,
} from '@aws-sdk/client-glue';
import { RunSummary } from '../monitoring-lambda/page';
import { DataSet } from '../modules/contract/data-set';
import { Naming, Stage, STAGES } from '../modules/naming';
import { summarize, type Stages } from './run-summary';

const POLL_MILLISECONDS = 1000;
/** For as long an event may be under way. */
const EVENT_MILLISECONDS = 60_000;

type OnChange = (dataset: string, stage: Stage, run: JobRun) => void;

/**
 * Has the workflow of each data set run once, and waits until all have ended. That of a data product is started by the
 * events of its inputs; if one of them has failed, it is not waited for.
 *
 * @param onChange called whenever a job run has entered another state
 */
export async function runWorkflows(
  glue: GlueClient,
  dynamodb: DynamoDBClient,
  naming: Naming,
  datasets: DataSet[],
  onChange: OnChange,
  signal: AbortSignal,
): Promise<RunSummary['datasets']> {
  const runs = new Map<string, Promise<Stages>>();
  const run = (name: string): Promise<Stages> => {
    const stages = runs.get(name) ?? runOne(datasets.find((dataset) => dataset.name === name)!);
    runs.set(name, stages);
    return stages;
  };
  const runOne = async ({ name, source }: DataSet): Promise<Stages> => {
    const workflow = naming.workflow(name);
    const follow = (runId: string) => followRun(glue, naming, name, runId, onChange, signal);
    if (source.type !== 'query') return follow(await startRun(glue, workflow));
    const inputs = await Promise.all(source.inputs.map(run));
    const havePublished = inputs.every(({ curate }) => curate?.JobRunState === 'SUCCEEDED');
    const runId = havePublished ? await startedRun(glue, workflow, signal) : undefined;
    return runId === undefined ? {} : follow(runId);
  };
  const results = datasets.map(
    async ({ name }) => [name, await summarize(dynamodb, naming, name, await run(name))] as const,
  );
  return Object.fromEntries(await Promise.all(results));
}

/** Starts a workflow; answers the id of its run. */
export async function startRun(glue: GlueClient, Name: string): Promise<string> {
  const { RunId } = await glue.send(new StartWorkflowRunCommand({ Name }));
  return RunId!;
}

/** The run that an event has started; undefined if none does in time. */
async function startedRun(glue: GlueClient, Name: string, signal: AbortSignal): Promise<string | undefined> {
  for (let waited = 0; waited < EVENT_MILLISECONDS; waited += POLL_MILLISECONDS) {
    const { Runs = [] } = await glue.send(new GetWorkflowRunsCommand({ Name }));
    if (Runs[0]) return Runs[0].WorkflowRunId;
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
  return undefined;
}

/** Waits until a run of a data set's workflow has ended; answers the last attempt of each job that it started. */
export async function followRun(
  glue: GlueClient,
  naming: Naming,
  dataset: string,
  RunId: string,
  onChange: OnChange,
  signal: AbortSignal,
): Promise<Stages> {
  const Name = naming.workflow(dataset);
  let seen: Stages = {};
  for (;;) {
    const { Run } = await glue.send(new GetWorkflowRunCommand({ Name, RunId, IncludeGraph: true }));
    const stages: Stages = {};
    for (const stage of STAGES) {
      const job = naming.job(stage, dataset);
      const node = Run?.Graph?.Nodes?.find(({ Type, Name }) => Type === 'JOB' && Name === job);
      const attempts = node?.JobDetails?.JobRuns?.toSorted((a, b) => (b.Attempt ?? 0) - (a.Attempt ?? 0));
      const run = attempts?.[0];
      if (run && run.JobRunState !== seen[stage]?.JobRunState) onChange(dataset, stage, run);
      if (run) stages[stage] = run;
    }
    if (Run?.Status !== 'RUNNING') return stages;
    seen = stages;
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
}
