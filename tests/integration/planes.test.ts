import type { JobRun } from '@aws-sdk/client-glue';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stages } from '../../local/run-summary';
import { followRun, startRun } from '../../local/workflow-runs';
import { STAGES, type Stage } from '../../modules/naming';
import { dayKey } from '../../monitoring-lambda/report';
import { Alerts, isRaised } from './alerts';
import { cleanUp } from './cleanup';
import { empty, mixed } from './delivery';
import { jobState, ledgerItem } from './ledger';
import { DATASET, Target } from './target';

const MINUTES = 60_000;
/** In AWS, four jobs start up for a minute each, and an alarm looks at its metric every few minutes. */
jest.setTimeout(30 * MINUTES);
const ALERT_SECONDS = 15 * 60;
const REPORT_SECONDS = 5 * 60;

const target = new Target(process.env.INTEGRATION_ENVIRONMENT!);
const { naming, s3 } = target;
let alerts: Alerts;
/** An incident is told of once: what else breaks while it lasts tells nobody. */
let isTold: boolean;

interface Delivered {
  readonly batch: string;
  readonly stages: Stages;
}

/** Delivers a file and runs the workflow. */
async function deliver(name: string, Body: string): Promise<Delivered> {
  const Key = `${target.keyPrefix}${name}-${Date.now()}.csv`;
  await s3.send(new PutObjectCommand({ Bucket: target.dataset.source.bucket, Key, Body }));
  const batch = await startRun(target.glue, target.workflow);
  const stages = await followRun(target.glue, naming, DATASET, batch, () => {}, new AbortController().signal);
  return { batch, stages };
}

const states = (stages: Stages) => STAGES.map((stage) => stages[stage]?.JobRunState);

/** The outcome of the quality rules of a batch. */
async function verdict(batch: string): Promise<{ state: string; failed: { rule: string; severity: string }[] }> {
  const Key = `quality/${DATASET}/${batch}.json`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: naming.bucket('processed'), Key }));
  const { state, rules } = JSON.parse(await Body!.transformToString());
  return { state, failed: rules.filter(({ passed }: { passed: boolean }) => !passed) };
}

/** Whether the report on a job run comes in time: the monitoring function writes it by the event of the run's end. */
async function isReported(stage: Stage, { Id, StartedOn }: JobRun): Promise<boolean> {
  const Key = `${dayKey(StartedOn!.toISOString())}/${naming.job(stage, DATASET)}/${Id}.html`;
  for (let waited = 0; waited < REPORT_SECONDS; waited++) {
    try {
      await s3.send(new HeadObjectCommand({ Bucket: naming.bucket('logs'), Key }));
      return true;
    } catch (error) {
      if ((error as Error).name !== 'NotFound') throw error;
      await sleep(1000);
    }
  }
  return false;
}

beforeAll(async () => {
  await cleanUp(target, () => {}); // what a run that was interrupted has left
  alerts = await Alerts.subscribe(target);
  isTold = await isRaised(target, target.workflow, 'CompositeAlarm', 0);
});

afterAll(() => cleanUp(target, () => {}));

describe('a file with rows of every fate', () => {
  let delivered: Delivered;

  beforeAll(async () => {
    delivered = await deliver('mixed', mixed.content);
  });

  test('passes all stages', () => {
    expect(states(delivered.stages)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  });

  test('came in alone: nobody else delivers to the data set meanwhile', async () => {
    expect((await ledgerItem(target, 'ingest', delivered.batch)).counts).toMatchObject({ files: 1 });
  });

  test('has every row accounted for', async () => {
    const { counts, reasons } = await ledgerItem(target, 'process', delivered.batch);
    expect(counts).toMatchObject(mixed.counts);
    const columns = Object.keys(reasons as object).map((reason) => reason.split(':')[0]);
    expect([...new Set(columns)].sort()).toEqual(mixed.rejectedFor);
  });

  test('is approved with a warning', async () => {
    const { state, failed } = await verdict(delivered.batch);
    expect(state).toBe('COMMITTED');
    expect(failed).toMatchObject([{ severity: 'warning' }]);
  });

  test('is published', async () => {
    const { good } = mixed.counts;
    expect((await ledgerItem(target, 'curate', delivered.batch)).counts).toMatchObject({ published: good });
    const job = naming.job('curate', DATASET);
    expect(await jobState(target, job)).toMatchObject({ state: 'SUCCEEDED', job_run_id: delivered.stages.curate!.Id });
  });

  test('is reported on', async () => {
    expect(await isReported('curate', delivered.stages.curate!)).toBe(true);
  });
});

describe('a file that breaks a rule of severity error', () => {
  let delivered: Delivered;

  beforeAll(async () => {
    delivered = await deliver('empty', empty.content);
  });

  test('goes no further than validate', () => {
    expect(states(delivered.stages)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED', undefined]);
  });

  test('is rejected for the rule that it breaks', async () => {
    const { state, failed } = await verdict(delivered.batch);
    expect(state).toBe('REJECTED');
    expect(failed).toMatchObject([{ rule: expect.stringMatching(/^RowCount/), severity: 'error' }]);
  });

  test('shows in the state of its job', async () => {
    const job = naming.job('validate', DATASET);
    expect(await jobState(target, job)).toMatchObject({ state: 'FAILED', error: expect.stringMatching(/RowCount/) });
  });

  test('is reported on', async () => {
    expect(await isReported('validate', delivered.stages.validate!)).toBe(true);
  });

  test('raises the alarm on failed runs', async () => {
    expect(await isRaised(target, `${naming.job('validate', DATASET)}-failed`, 'MetricAlarm', ALERT_SECONDS)).toBe(
      true,
    );
  });

  test('alerts, unless somebody was told that the data set is not right', async () => {
    expect(isTold || (await alerts.next(new RegExp(DATASET), ALERT_SECONDS))).toBeTruthy();
  });
});
