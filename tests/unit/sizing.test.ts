import { parseEnvironment } from '../../environments';
import dev from '../../environments/dev';
import type { DataSet } from '../../modules/contract/data-set';
import { crawlSchedule, runsPerDay } from '../../modules/glue/schedule';
import { sizeOf } from '../../modules/glue/sizing';
import { STAGES, type Stage } from '../../modules/naming';
import { database, load, loadOne, product, minimal } from './contract-files';

type Glue = Parameters<typeof parseEnvironment>[1];

const config = (glue: object = {}) => {
  const environment = { ...dev, glue: { numberOfWorkers: 10, timeoutMinutes: 60, ...glue } };
  return parseEnvironment('dev', environment as Glue).glue;
};
const promises = (slaProperties: object[]): DataSet =>
  loadOne((contract) => void (contract.slaProperties = slaProperties));
const DAILY = { property: 'frequency', value: 1, unit: 'd' };
const HOURLY = { property: 'frequency', value: 1, unit: 'h' };
const volume = (value: number, unit = 'TB/d') => ({ property: 'volume', value, unit });

describe('runs per day', () => {
  test.each([
    ['cron(0 0 * * ? *)', 1],
    ['cron(0/15 * * * ? *)', 96],
    ['cron(0 0/3 * * ? *)', 8],
    ['cron(30 6,18 * * ? *)', 2],
    ['cron(0 8-18/2 * * ? *)', 6],
    ['cron(0 20 ? * 2-6 *)', 5 / 7],
    ['cron(0 20 ? * MON-FRI *)', 5 / 7],
    ['cron(0 20 ? * FRI-MON *)', 4 / 7],
    ['cron(0 0 ? * MON *)', 1 / 7],
    ['cron(0 0 1 * ? *)', 1 / 31],
    ['cron(0 0 1 1 ? *)', 1 / 31 / 12],
  ])('of %s', (schedule, expected) => expect(runsPerDay(schedule)).toBeCloseTo(expected, 10));
});

describe('the schedule of a crawler', () => {
  const schedules = (schedule: string) =>
    Array.from({ length: 500 }, (_, index) => crawlSchedule(`data_set_${index}`, schedule));

  test('comes round once a day where that of the data set comes round more often', () => {
    for (const schedule of schedules('cron(0/5 * * * ? *)')) expect(runsPerDay(schedule)).toBe(1);
  });

  test('is that of the data set where it skips days', () => {
    expect(new Set(schedules('cron(0 0 ? * MON *)'))).toEqual(new Set(['cron(0 0 ? * MON *)']));
  });

  test('is spread over the day, and stays what it is', () => {
    const started = schedules('cron(0 0 * * ? *)');
    const hours = started.map((schedule) =>
      Number(/^cron\(([0-5]?\d) (1?\d|2[0-3]) \* \* \? \*\)$/.exec(schedule)![2]),
    );
    for (let hour = 0; hour < 24; hour += 1) expect(hours.filter((each) => each === hour).length).toBeLessThan(50);
    expect(schedules('cron(0 0 * * ? *)')).toEqual(started);
  });
});

describe('the size of a job', () => {
  test('is what the environment says where the contract gives no volume; but the driver alone copies files', () => {
    const sizes = STAGES.map((stage) => sizeOf(stage, promises([DAILY]), config({ workerType: 'G.4X' })));
    expect(sizes.map(({ workerType, numberOfWorkers }) => [workerType, numberOfWorkers])).toEqual([
      ['G.1X', 2],
      ['G.4X', 10],
      ['G.4X', 10],
      ['G.4X', 10],
    ]);
    for (const size of sizes) expect(size).toMatchObject({ timeoutMinutes: 60, lateAfterMinutes: 30 });
  });

  // MB of a run / (MB/s of a vCPU * 4 vCPU * 900 s), and the driver.
  test.each<[string, Stage, DataSet, number]>([
    ['1 TB a day', 'process', promises([DAILY, volume(1)]), 26],
    ['1 TB a day', 'validate', promises([DAILY, volume(1)]), 4],
    ['1 TB a day', 'curate', promises([DAILY, volume(1)]), 21],
    ['4 TB a day, by the hour', 'process', promises([HOURLY, volume(4)]), 6],
    ['1 TB a day, by hand', 'process', promises([volume(1)]), 26],
    ['50 GB a day, once a week', 'process', promises([{ ...DAILY, unit: 'w' }, volume(50, 'GB/d')]), 10],
    ['a little', 'curate', promises([DAILY, volume(1, 'MB/d')]), 2],
  ])('follows from the volume of a run: %s, %s', (_, stage, dataset, numberOfWorkers) => {
    expect(sizeOf(stage, dataset, config())).toMatchObject({ workerType: 'G.1X', numberOfWorkers });
  });

  test('is given in fewer and larger workers where they would be many', () => {
    expect(sizeOf('process', promises([DAILY, volume(4)]), config())).toMatchObject({
      workerType: 'G.2X',
      numberOfWorkers: 50,
    });
  });

  test.each([1, 10, 100, 1000])('of %i TB a day is within what Glue offers, and has time to get done', (terabytes) => {
    for (const stage of STAGES) {
      const size = sizeOf(stage, promises([DAILY, volume(terabytes)]), config());
      expect(size.numberOfWorkers).toBeGreaterThanOrEqual(2);
      expect(size.numberOfWorkers).toBeLessThanOrEqual(size.workerType === 'G.1X' ? 299 : 149);
      expect(size.timeoutMinutes).toBeGreaterThanOrEqual(60);
      expect(size.timeoutMinutes).toBeLessThanOrEqual(10_080);
      expect(size.lateAfterMinutes).toBeGreaterThanOrEqual(1);
    }
  });

  test('takes longer before it is stopped where workers are held back', () => {
    const dataset = promises([DAILY, volume(1)]);
    const free = sizeOf('process', dataset, config());
    const held = sizeOf('process', dataset, config({ maxWorkers: 2 }));
    expect([free.numberOfWorkers, held.numberOfWorkers]).toEqual([26, 2]);
    // 1 TB at 12 MB/s on 4 vCPU takes 364 minutes.
    expect([free.timeoutMinutes, held.timeoutMinutes]).toEqual([60, 1457]);
  });

  test('gives each connection to a database a vCPU', () => {
    const contract = database();
    contract.servers[0].customProperties.push({ property: 'parallelReads', value: 10 });
    const [dataset] = load({ 'stock.odcs.yaml': contract });
    expect(sizeOf('ingest', dataset!, config())).toMatchObject({ workerType: 'G.1X', numberOfWorkers: 4 });
  });

  test('of a product is that of its volume', () => {
    const revenue = { ...product(), slaProperties: [DAILY, volume(1)] };
    const files = { 'revenue.odcs.yaml': revenue, 'orders.odcs.yaml': minimal(), 'query.sql': 'SELECT 1 AS amount' };
    const dataset = load(files).find(({ name }) => name === 'revenue');
    expect(sizeOf('ingest', dataset!, config()).numberOfWorkers).toBe(2);
    expect(sizeOf('process', dataset!, config()).numberOfWorkers).toBe(26);
  });

  test('is on spare capacity where the promised freshness can wait for it', () => {
    const classOf = (...latency: object[]) => sizeOf('process', promises([DAILY, ...latency]), config()).executionClass;
    expect(classOf()).toBe('STANDARD');
    expect(classOf({ property: 'latency', value: 26, unit: 'h' })).toBe('STANDARD');
    expect(classOf({ property: 'latency', value: 30, unit: 'h' })).toBe('FLEX');
    const large = config({ workerType: 'G.8X' });
    const patient = promises([DAILY, { property: 'latency', value: 2, unit: 'd' }]);
    expect(sizeOf('process', patient, large).executionClass).toBe('STANDARD');
  });

  test('is, of a stage, what the environment says of it', () => {
    const process = {
      workerType: 'G.2X',
      numberOfWorkers: 7,
      timeoutMinutes: 5,
      maxRetries: 3,
      executionClass: 'FLEX',
    };
    const sized = (stage: Stage) => sizeOf(stage, promises([DAILY, volume(1)]), config({ stages: { process } }));
    expect(sized('process')).toEqual({ ...process, lateAfterMinutes: 2 });
    expect(sized('curate')).toMatchObject({ numberOfWorkers: 21, maxRetries: 1, executionClass: 'STANDARD' });
  });

  test('counts workers of the type that the environment says', () => {
    const stages = { process: { workerType: 'G.4X' } };
    expect(sizeOf('process', promises([DAILY, volume(1)]), config({ stages })).numberOfWorkers).toBe(8);
  });

  test('gives a verdict no second try', () => {
    expect(STAGES.map((stage) => sizeOf(stage, promises([]), config({ maxRetries: 2 })).maxRetries)).toEqual([
      2, 2, 0, 2,
    ]);
  });

  test.each([
    [{ stages: { validate: { maxRetries: 1 } } }, 'glue.stages.validate: Unrecognized key: "maxRetries"'],
    [{ stages: { publish: {} } }, 'glue.stages: Unrecognized key: "publish"'],
    [{ stages: { process: { numberOfWorkers: 1 } } }, 'glue.stages.process.numberOfWorkers: Too small'],
    [{ stages: { process: { executionClass: 'FLEX', workerType: 'G.8X' } } }, FLEX()],
    [{ workerType: 'G.4X', stages: { process: { executionClass: 'FLEX' } } }, FLEX('G.4X')],
  ])('an environment may not ask for what Glue does not have: %j', (glue, message) => {
    expect(() => config(glue)).toThrow(`environments/dev.ts: ${message}`);
  });
});

function FLEX(got = 'G.8X'): string {
  return `glue.stages.process.executionClass: needs workerType G.1X or G.2X: Glue has no other for FLEX, got: "${got}"`;
}
