import { dpuHoursOfDay, type Memory, NO_MEMORY, remember } from '../../monitoring-lambda/memory';
import type { RunFacts } from '../../monitoring-lambda/report';
import { facts, jobState } from './factories';

/** A run of a stage that started at an hour of a day, and took half an hour and half a DPU-hour. */
function run(id: string, stage: string, hour: number, batches: string[] = ['wr_1']): RunFacts {
  const jobName = `glue-etl-pipeline-local-${stage}-flights`;
  const at = (hours: number) => new Date(Date.parse('2013-01-01T00:00:00Z') + hours * 3_600_000);
  const times = { StartedOn: at(hour), CompletedOn: at(hour + 0.5), ExecutionTime: 1800, MaxCapacity: 1 };
  return facts({ jobName, jobRunId: id }, times, jobState({ jobRunId: id, batches }));
}

const remembered = (runs: RunFacts[]): Memory => runs.reduce(remember, NO_MEMORY);

const RUNS = [
  run('jr_1', 'process', 1),
  run('jr_2', 'curate', 2),
  run('jr_3', 'process', 5, []),
  run('jr_4', 'curate', 6, []),
];

it('is the same in whichever order runs come, and however often', () => {
  const expected = remembered(RUNS);
  expect(remembered([...RUNS].reverse())).toEqual(expected);
  expect(remembered([...RUNS, ...RUNS, RUNS[0]!])).toEqual(expected);
});

it('knows when rows were last published, which a run that finds nothing does not do', () => {
  expect(remembered(RUNS).publishedAt).toBe('2013-01-01T02:30:00.000Z');
  expect(remembered([RUNS[0]!]).publishedAt).toBeNull();
});

it('sums up the DPU-hours of a day, each run once', () => {
  const memory = remembered([...RUNS, ...RUNS]);
  expect(dpuHoursOfDay(memory, RUNS[3]!)).toBe(2);
  const nextDay = run('jr_5', 'ingest', 25);
  expect(dpuHoursOfDay(remember(memory, nextDay), nextDay)).toBe(0.5);
  expect(dpuHoursOfDay(remember(memory, nextDay), RUNS[3]!)).toBeNull();
});

it('keeps of each stage the latest runs that did something', () => {
  const many = Array.from({ length: 60 }, (_, index) => run(`jr_${index}`, 'process', index, index % 3 ? ['wr'] : []));
  const { busy } = remembered(many);
  expect(busy.process).toHaveLength(40);
  expect(busy.process!.at(-1)).toEqual({ id: 'jr_59', startedAt: '2013-01-03T11:00:00.000Z', rows: 100 });
  expect(busy.curate).toBeUndefined();
});
