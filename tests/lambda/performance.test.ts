import { analyse, LEAST_RUNS, type PastRun } from '../../monitoring-lambda/performance';
import { pastRuns, performance } from './factories';

const EXPECTATIONS = { latencyHours: null as number | null, lateAfterMinutes: 60 };

/** What is said of a job whose runs all differ from an ordinary one in the same way. */
function advice(run: Partial<PastRun>, expectations = EXPECTATIONS, count = LEAST_RUNS + 1) {
  const [latest, ...past] = pastRuns(count, () => run);
  return analyse(latest!, past, expectations).recommendation;
}

/** Of a run that had all of its workers all the time. */
const full = (seconds: number) => ({ seconds, dpuHours: (4 * seconds) / 3600, utilization: 0.8 });

describe('recommendation', () => {
  test.each<[string, Partial<PastRun>, Partial<typeof EXPECTATIONS>, string | null]>([
    ['nothing for ordinary runs', {}, {}, null],
    ['larger workers where memory is short', { heapPercent: 92 }, {}, 'larger-workers'],
    ['none where there is no larger worker', { heapPercent: 92, workerType: 'G.8X' }, {}, null],
    ['evener work where tasks are uneven and runs long', { skew: 3, seconds: 1800 }, {}, 'spread-work'],
    ['nothing for uneven tasks of short runs', { skew: 3 }, {}, null],
    ['more workers where a long run had all that it may have', full(3600), {}, 'more-workers'],
    ['nothing where a run that had all of them was short', full(300), {}, null],
    ['more workers where a short run is nearly late', full(300), { lateAfterMinutes: 10 }, 'more-workers'],
    ['not more where those that it had did nothing', { ...full(3600), utilization: 0.4 }, {}, null],
    ['fewer workers where they wait', { workers: 20, utilization: 0.2 }, {}, 'fewer-workers'],
    ['not fewer than a driver and a worker', { workers: 2, utilization: 0.1 }, {}, null],
    ['FLEX where the contract leaves time', {}, { latencyHours: 24 }, 'flex'],
    ['no FLEX where it leaves little', {}, { latencyHours: 6 }, null],
    ['no FLEX where it is taken already', { isFlex: true }, { latencyHours: 24 }, null],
    ['no FLEX for workers that have none', { workerType: 'G.4X' }, { latencyHours: 24 }, null],
    ['memory before cost', { heapPercent: 92, workers: 20, utilization: 0.2 }, { latencyHours: 24 }, 'larger-workers'],
    ['nothing where little was measured', { heapPercent: null, skew: null, utilization: null }, {}, null],
  ])('%s', (_, run, expectations, action) => {
    expect(advice(run, { ...EXPECTATIONS, ...expectations })?.action ?? null).toBe(action);
  });

  test('is made of ten runs before this one, not of nine', () => {
    expect(advice({ heapPercent: 92 }, EXPECTATIONS, LEAST_RUNS)).toBeNull();
    expect(advice({ heapPercent: 92 }, EXPECTATIONS, LEAST_RUNS + 1)).not.toBeNull();
  });

  test('waits until ten runs have the same workers', () => {
    const changed = pastRuns(20, (index) => ({ heapPercent: 92, workers: index < 5 ? 4 : 2 }));
    expect(analyse(changed[0]!, changed.slice(1), EXPECTATIONS).recommendation).toBeNull();
  });

  test('says what it rests on', () => {
    expect(advice({ workers: 20, utilization: 0.2, usd: 3 })).toEqual({
      action: 'fewer-workers',
      advice: 'Allow 6 workers in place of 20: most of them wait.',
      figures: ['20 % of the workers were at work in the median run', 'that cost $3.00'],
    });
    expect(advice({ heapPercent: 91.6, workers: 9 })!.advice).toContain('workers of G.2X, 5 in place of 9');
    expect(advice({ usd: 3 }, { latencyHours: 24, lateAfterMinutes: 60 })!.figures.at(-1)).toBe(
      '$1.02 of $3.00 would be saved in the median run',
    );
  });
});

describe('comparison', () => {
  test('sets each figure beside those of the runs before', () => {
    const { comparisons, durationOfP95, durations } = performance({ seconds: 600, heapPercent: 80 });

    expect(durationOfP95).toBe(2);
    expect(durations).toHaveLength(21);
    expect(durations.at(-1)).toEqual({ startedAt: '2013-01-02T00:00:00.000Z', seconds: 600 });
    expect(comparisons).toEqual([
      { name: 'seconds', value: 600, median: 300, p95: 300 },
      { name: 'rowsPerSecond', value: 50, median: 100, p95: 100 },
      { name: 'dpuHours', value: 0.2, median: 0.2, p95: 0.2 },
      { name: 'heapPercent', value: 80, median: 60, p95: 60 },
      { name: 'skew', value: 0, median: 0, p95: 0 },
      { name: 'utilization', value: 0.5, median: 0.5, p95: 0.5 },
    ]);
  });

  test('of a first run there is nothing to compare', () => {
    const [run] = pastRuns(1);
    const { comparisons, durationOfP95 } = analyse(run!, [], EXPECTATIONS);

    expect(durationOfP95).toBeNull();
    expect(comparisons[0]).toEqual({ name: 'seconds', value: 300, median: null, p95: null });
  });
});
