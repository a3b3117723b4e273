import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mapAtOnce } from '../../monitoring-lambda/aws';
import type { JobStateChangeEvent } from '../../monitoring-lambda/events';
import { STAGES } from '../../modules/naming';
import { jobRun, jobStateChange, settings, variables } from './factories';
import { StubAws } from './stub-aws';

const EVENTS = 2_000;
const RUNS = 200;
const JOBS = 100;
/** Copies of the function. As in Lambda each deals with one event at a time, and has clients of its own. */
const COPIES = 20;
/** What Lambda tries, before it puts an event on the queue for dead letters. */
const TRIES = 3;

const aws = new StubAws();
const idle: ((event: JobStateChangeEvent) => Promise<void>)[] = [];

/**
 * Libraries that keep nothing between events but in clients, of which each copy makes its own: Node would load and compile
 * them once for each copy.
 */
const SHARED = ['cloudwatch', 'cloudwatch-logs', 'dynamodb', 'glue', 's3', 'sns'].map(
  (service) => `@aws-sdk/client-${service}`,
);

beforeAll(async () => {
  aws.server.listen(0, '127.0.0.1');
  await once(aws.server, 'listening');
  Object.assign(process.env, variables, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.server.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_GLUE: '',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    // Outside of Lambda nothing is traced, but the tracer of each copy would hear of every promise.
    AWS_XRAY_MANUAL_MODE: 'true',
  });
  const context = { functionName: 'monitoring', getRemainingTimeInMillis: () => 60_000 };
  share(...SHARED);
  for (let copy = 0; copy < COPIES; copy++) {
    // The clients of the function read their endpoint when they are made.
    jest.resetModules();
    const { handler } = await import('../../monitoring-lambda/handler');
    idle.push((event) => handler(event, context as never));
  }
});

/** Gives the same modules to whatever is imported from now on, `jest.resetModules()` or not. */
function share(...names: string[]): void {
  for (const name of names) {
    const module: object = jest.requireActual(name);
    jest.doMock(name, () => module);
  }
}

afterAll(() => aws.server.close());

/** Numbers that look like chance, and are the same each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const jobOf = (run: number) =>
  `glue-etl-pipeline-local-${STAGES[run % STAGES.length]!}-set_${Math.floor((run % JOBS) / STAGES.length)}`;
const isFailed = (run: number) => run % 10 === 3;
const endOf = (run: number) => new Date(Date.parse('2013-01-01T00:00:00Z') + run * 1000);

/** Each run at least once, some of them often, in no order. */
function events(): JobStateChangeEvent[] {
  const next = chance(7);
  const told = Array.from({ length: EVENTS }, (_, index) => (index < RUNS ? index : Math.floor(next() * RUNS)));
  return told
    .map((run) => ({ run, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ run }) => {
      const [jobName, jobRunId] = [jobOf(run), `jr_${run}`];
      const state = isFailed(run) ? 'FAILED' : 'SUCCEEDED';
      const times = { StartedOn: endOf(run), CompletedOn: endOf(run) };
      aws.glue.jobRuns.set(jobRunId, jobRun({ JobName: jobName, Id: jobRunId, JobRunState: state, ...times }));
      return jobStateChange({ jobName, jobRunId, state });
    });
}

/** Has the function told of events as Lambda does it; answers those that it could not handle. */
async function deliver(all: JobStateChangeEvent[], most: number): Promise<JobStateChangeEvent[]> {
  let left = all;
  for (let time = 0; time < most && left.length > 0; time++) {
    const failed = await mapAtOnce(COPIES, left, async (event) => {
      const copy = idle.pop()!;
      const isDone = await copy(event).then(
        () => true,
        () => false,
      );
      idle.push(copy);
      return isDone ? [] : [event];
    });
    left = failed.flat();
  }
  return left;
}

test('of 2,000 events, with duplicates, out of order and throttled, each run is reported once', async () => {
  const all = events();
  const next = chance(11);
  // A fifth of the calls, in the time in which a third of the events come.
  let isBusy = false;
  aws.isThrottled = () => isBusy && next() < 0.2;
  const started = Date.now();
  const thirds = [0, 1, 2].map((part) => all.slice(...[part, part + 1].map((end) => Math.round((EVENTS * end) / 3))));
  const failed: JobStateChangeEvent[] = [];
  for (const [part, third] of thirds.entries()) {
    isBusy = part === 1;
    failed.push(...(await deliver(third, TRIES)));
  }
  process.stdout.write(
    `${EVENTS} events of ${RUNS} runs: ${aws.calls} calls, of which ${aws.throttled} were throttled, ` +
      `${((Date.now() - started) / 1000).toFixed(1)} s\n`,
  );

  expect(failed).toEqual([]);
  expect(aws.throttled).toBeGreaterThan(100);
  const runs = Array.from({ length: RUNS }, (_, run) => run);
  const folder = `/${settings.reportsBucket}/reports/2013/01/01`;
  const unreported = runs.filter((run) => !aws.writes.has(`${folder}/${jobOf(run)}/jr_${run}.html`));
  expect(unreported).toEqual([]);
  const mails = aws.mails.map((text) => Number(/Run jr_(\d+)/.exec(text)![1])).sort((a, b) => a - b);
  expect(mails).toEqual(runs.filter(isFailed));
  for (const job of new Set(runs.map(jobOf))) {
    const own = runs.filter((run) => jobOf(run) === job);
    const counted = ['JobRunsSucceeded', 'JobRunsFailed'].map((name) => aws.sums.get(`${name} JobName ${job}`));
    expect([job, ...counted]).toEqual([job, own.filter((run) => !isFailed(run)).length, own.filter(isFailed).length]);
  }
  for (let set = 0; set < JOBS / STAGES.length; set++) {
    const last = runs.findLast((run) => jobOf(run).endsWith(`-set_${set}`))!;
    expect(aws.latest(`/${settings.reportsBucket}/reports/latest/set_${set}.html`)).toBe(endOf(last).toISOString());
  }
});
