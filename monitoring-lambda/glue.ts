import {
  BatchGetWorkflowsCommand,
  EntityNotFoundException,
  GetJobRunCommand,
  type JobRun,
  paginateGetJobRuns,
  paginateGetWorkflowRuns,
  type Workflow,
  type WorkflowRun,
} from '@aws-sdk/client-glue';
import { chunks, glue, mapAtOnce } from './aws';

/** Of one call of BatchGetWorkflows. */
const MOST_WORKFLOWS = 25;
const CALLS_AT_ONCE = 8;
const RUNS_PER_PAGE = 200;

/** What Glue knows of a run. */
export async function getJobRun(jobName: string, jobRunId: string): Promise<JobRun> {
  const { JobRun } = await glue.send(new GetJobRunCommand({ JobName: jobName, RunId: jobRunId }));
  if (!JobRun) {
    throw new Error(`Glue has no run ${jobRunId} of job ${jobName}`);
  }
  return JobRun;
}

/**
 * Runs of a job, the latest first, page by page: whoever has read enough stops, and no further page is fetched. A job that
 * is not there has none.
 */
export async function* jobRuns(jobName: string): AsyncGenerator<JobRun> {
  const pages = paginateGetJobRuns({ client: glue, pageSize: RUNS_PER_PAGE }, { JobName: jobName });
  try {
    for await (const { JobRuns = [] } of pages) {
      yield* JobRuns;
    }
  } catch (error) {
    if (!(error instanceof EntityNotFoundException)) throw error;
  }
}

/** Runs of a workflow with its job runs, the latest first, page by page. */
export async function* workflowRuns(name: string): AsyncGenerator<WorkflowRun> {
  const pages = paginateGetWorkflowRuns({ client: glue, pageSize: 10 }, { Name: name, IncludeGraph: true });
  for await (const { Runs = [] } of pages) {
    yield* Runs;
  }
}

/** Workflows with their last run; one that is not there is left out. */
export async function getWorkflows(names: readonly string[]): Promise<Workflow[]> {
  const found = await mapAtOnce(CALLS_AT_ONCE, chunks(MOST_WORKFLOWS, names), async (batch) => {
    const { Workflows = [] } = await glue.send(new BatchGetWorkflowsCommand({ Names: batch }));
    return Workflows;
  });
  return found.flat();
}
