import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { JobRun } from '@aws-sdk/client-glue';
import { StageSummary } from '../monitoring-lambda/page';
import { COUNTS } from '../monitoring-lambda/report';
import { Naming, Stage, STAGES } from '../modules/naming';

/** Runs of a data set's jobs within one run of its workflow; a stage that was never started has none. */
export type Stages = Partial<Record<Stage, JobRun>>;

/** Joins what Glue says of the runs with what the jobs counted. */
export async function summarize(
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
