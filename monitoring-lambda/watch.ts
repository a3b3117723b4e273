import { IdempotencyAlreadyInProgressError } from '@aws-lambda-powertools/idempotency';
import type { JobRun, Workflow, WorkflowRun } from '@aws-sdk/client-glue';
import { getAges } from './ages';
import { Naming } from '../modules/naming';
import { chunks, mapAtOnce, MOST_DATA, putMetrics } from './aws';
import type { JobStateChangeEvent } from './events';
import { workflowRuns } from './glue';
import { reportRun, type Services } from './run';
import { actionMetrics, ageMetrics, endedJobRuns, endedWithin, isQuietSince } from './workflow-look';

const MINUTE = 60_000;
/** The event of a job run that has ended only just may be on its way. */
const SETTLING_MINUTES = 2;
/** For so long it is made up for what a look has missed, or an event that never came: events of AWS are best effort. */
const LOOK_BACK_MINUTES = 120;
const CALLS_AT_ONCE = 8;

/**
 * Says of every data set how old it is, and what the runs of its workflow that have ended failed to do, once for each run;
 * and reports the job runs in them of which no event has come.
 *
 * @throws AggregateError once all else is done, if runs could not be counted or reported
 */
export async function watch(time: string, services: Services): Promise<object> {
  const { settings, datasets } = services;
  const now = new Date(time);
  const until = new Date(now.getTime() - SETTLING_MINUTES * MINUTE);
  const from = new Date(now.getTime() - LOOK_BACK_MINUTES * MINUTE);
  const names = [...datasets.keys()];
  const naming = new Naming(settings.environment);
  const { ages, workflows } = await getAges(names, now, settings);
  const data = [...ages].flatMap(([dataset, seconds]) => ageMetrics(dataset, seconds));
  for (const some of chunks(MOST_DATA, data)) await putMetrics(settings.metricNamespace, some, now);

  const runs = await mapAtOnce(CALLS_AT_ONCE, workflows, (workflow) => endedRuns(workflow, from, until));
  const errors = await failures(runs.flat(), async (run) => {
    const data = actionMetrics(run.Name!.slice(naming.workflow('').length), run);
    if (data.length === 0) return;
    await services.once.do(`workflow run ${run.WorkflowRunId}`, () => putMetrics(settings.metricNamespace, data, now));
  });
  errors.push(...(await failures(endedJobRuns(runs.flat()), (run) => reportRun(stateChange(run), services))));
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} runs could not be counted or reported`);
  return { datasets: workflows.length, workflowRuns: runs.flat().length };
}

async function endedRuns(workflow: Workflow, from: Date, until: Date): Promise<WorkflowRun[]> {
  if (isQuietSince(workflow, from)) return [];
  const ended: WorkflowRun[] = [];
  for await (const run of workflowRuns(workflow.Name!)) {
    // Runs of a workflow follow one another: those before this one ended sooner still.
    if (run.CompletedOn && run.CompletedOn <= from) break;
    if (endedWithin(run, from, until)) ended.push(run);
  }
  return ended;
}

/** Does `work` on each run; answers the errors, but for what another invocation is doing just now. */
async function failures<T>(runs: readonly T[], work: (run: T) => Promise<unknown>): Promise<Error[]> {
  const errors = await mapAtOnce(CALLS_AT_ONCE, runs, async (run) => {
    try {
      await work(run);
      return [];
    } catch (error) {
      return error instanceof IdempotencyAlreadyInProgressError ? [] : [error as Error];
    }
  });
  return errors.flat();
}

/** The event that should have come. */
function stateChange({ JobName, Id, JobRunState, CompletedOn, ErrorMessage = '' }: JobRun): JobStateChangeEvent {
  return {
    source: 'aws.glue',
    'detail-type': 'Glue Job State Change',
    time: CompletedOn!.toISOString(),
    detail: { jobName: JobName!, jobRunId: Id!, state: JobRunState!, message: ErrorMessage },
  };
}
