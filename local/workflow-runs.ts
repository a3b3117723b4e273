import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetWorkflowRunCommand, GlueClient, JobRun, StartWorkflowRunCommand } from '@aws-sdk/client-glue';
import { RunSummary, StageSummary } from '../monitoring-lambda/page';
import { Naming, Stage, STAGES } from '../modules/naming';

const POLL_MILLISECONDS = 1000;
const COUNTS = ['read', 'good', 'quarantined', 'duplicates', 'published'] as const;

/** Runs of a data set's jobs within one run of its workflow; a stage that was never started has none. */
type Stages = Partial<Record<Stage, JobRun>>;

/**
 * Starts the workflow of each data set and waits until all have ended.
 *
 * @param onChange called whenever a job run has entered another state
 */
export async function runWorkflows(
  glue: GlueClient,
  dynamodb: DynamoDBClient,
  naming: Naming,
  datasets: string[],
  onChange: (dataset: string, stage: Stage, run: JobRun) => void,
  signal: AbortSignal,
): Promise<RunSummary['datasets']> {
  const results = await Promise.all(
    datasets.map(async (dataset) => {
      const stages = await runWorkflow(glue, naming, dataset, onChange, signal);
      return [dataset, await summarize(dynamodb, naming, dataset, stages)] as const;
    }),
  );
  return Object.fromEntries(results);
}

async function runWorkflow(
  glue: GlueClient,
  naming: Naming,
  dataset: string,
  onChange: (dataset: string, stage: Stage, run: JobRun) => void,
  signal: AbortSignal,
): Promise<Stages> {
  const Name = naming.workflow(dataset);
  const { RunId } = await glue.send(new StartWorkflowRunCommand({ Name }));
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

/** Joins what Glue says of the runs with what the jobs counted. */
async function summarize(
  dynamodb: DynamoDBClient,
  naming: Naming,
  dataset: string,
  stages: Stages,
): Promise<Record<Stage, StageSummary>> {
  const entries = STAGES.map(async (stage) => {
    const run = stages[stage];
    const counts = run ? await readCounts(dynamodb, naming, naming.job(stage, dataset)) : {};
    const summary = {
      state: run?.JobRunState ?? 'NOT_STARTED',
      seconds: run?.ExecutionTime ?? 0,
      ...Object.fromEntries(COUNTS.map((name) => [name, counts[name] ?? null])),
      error: run?.ErrorMessage ?? null,
    };
    return [stage, summary as StageSummary] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Stage, StageSummary>;
}

async function readCounts(dynamodb: DynamoDBClient, naming: Naming, job: string): Promise<Record<string, number>> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: naming.jobStateTable, Key: { job_name: { S: job } } }),
  );
  const counts = Object.entries(Item?.counts?.M ?? {});
  return Object.fromEntries(counts.map(([name, value]) => [name, Number(value.N)]));
}
