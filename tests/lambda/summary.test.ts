import { renderDayPage } from '../../monitoring-lambda/day-page';
import { renderDayText } from '../../monitoring-lambda/day-text';
import { type DataSetDays, daysUntil, type Figures, NO_FIGURES, summarize } from '../../monitoring-lambda/summary';

const TIME = new Date('2013-01-09T06:00:00Z');
const DATES = daysUntil(TIME, 8);

const day = (figures: Partial<Figures> = {}): Figures => ({ ...NO_FIGURES, runs: 4, rowsPublished: 100, ...figures });

/** A data set with ordinary days, of which the last, or some, may differ. */
function dataSet(name: string, last: Partial<Figures> = {}, further: Partial<DataSetDays> = {}): DataSetDays {
  const days = DATES.map((_, index) => day(index === DATES.length - 1 ? last : {}));
  return { name, latencyHours: 24, ageSeconds: 7200, days, ...further };
}

const summaryOf = (...datasets: DataSetDays[]) =>
  summarize({ environment: 'local', madeAt: TIME.toISOString(), dates: DATES, datasets });

test('the days are those before today', () => {
  expect([DATES[0], DATES.at(-1), DATES.length]).toEqual(['2013-01-01', '2013-01-08', 8]);
});

test('a day like the others has no problems and no changes', () => {
  const summary = summaryOf(dataSet('flights'), dataSet('airlines'));

  expect(summary.datasets).toMatchObject([
    { name: 'airlines', problems: [], changes: [] },
    { name: 'flights', problems: [], changes: [] },
  ]);
  expect(summary.days.at(-1)).toMatchObject({ runs: 8, rowsPublished: 200 });
  expect(summary.before).toMatchObject({ runs: 8, rowsPublished: 200 });
});

test.each<[string, Partial<Figures>, Partial<DataSetDays>, string]>([
  ['failed runs', { runs: 5, failed: 2 }, {}, '2 of 5 runs failed'],
  ['failed rules', { rulesFailed: 1 }, {}, '1 quality rule failed'],
  ['age', {}, { ageSeconds: 25.5 * 3600 }, 'published 25 h ago, 24 h are promised'],
  ['a workflow that is gone', {}, { ageSeconds: null }, 'its workflow is not there'],
])('%s makes a data set come first', (_, last, further, problem) => {
  const [first] = summaryOf(dataSet('airlines'), dataSet('flights', last, further)).datasets;
  expect(first).toMatchObject({ name: 'flights', problems: [problem] });
});

test('without a promise no age is a problem', () => {
  const { datasets } = summaryOf(dataSet('flights', {}, { ageSeconds: 1e9, latencyHours: null }));
  expect(datasets[0]!.problems).toEqual([]);
});

test.each<[string, number, number[], boolean]>([
  ['half as many', 50, [100, 100, 100, 100, 100, 100, 100], true],
  ['twice as many', 200, [100, 100, 100, 100, 100, 100, 100], true],
  ['a few more', 120, [100, 100, 100, 100, 100, 100, 100], false],
  ['none where there were some', 0, [100, 100, 100, 100, 100, 100, 100], true],
  ['some where there were none', 7, [0, 0, 0, 0, 0, 0, 0], true],
])('%s rows: %d after %p', (_, value, before, isChange) => {
  const days = [...before, value].map((rowsPublished) => day({ rowsPublished }));
  const [{ changes } = { changes: [] }] = summaryOf(dataSet('flights', {}, { days })).datasets;
  expect(changes.map(({ figure }) => figure)).toEqual(isChange ? ['rowsPublished'] : []);
});

test('two days before are too few to speak of a change', () => {
  const days = DATES.map((_, index) => (index < 5 ? NO_FIGURES : day({ rowsPublished: 10 ** index })));
  expect(summaryOf(dataSet('flights', {}, { days })).datasets[0]!.changes).toEqual([]);
});

describe('told to people', () => {
  const summary = summaryOf(
    dataSet('flights', { failed: 1, rowsPublished: 500, usd: 1.25 }),
    ...Array.from({ length: 120 }, (_, index) => dataSet(`set_${index}`)),
  );

  test('the page has what needs attention first, and every data set', () => {
    const html = renderDayPage(summary);
    expect(html).toContain('<h1>1 of 121 data sets needs attention</h1>');
    expect(html.indexOf('1 of 4 runs failed')).toBeLessThan(html.indexOf('Rows read'));
    expect(html).toContain('rows published 500 (on a day before 100)');
    expect(html.match(/svg class="spark"/g)).toHaveLength(121);
    expect(html).not.toContain('NaN');
  });

  test('the mail has the same in words, and says what it leaves out', () => {
    const text = renderDayText(summary, 's3://reports/daily-summary.html');
    expect(text.split('\n')[0]).toBe('1 of 121 data sets needs attention on 2013-01-08, environment local.');
    expect(text).toContain('- flights: 1 of 4 runs failed');
    expect(text).toContain('- and 21 more data sets');
    expect(text).toContain('s3://reports/daily-summary.html');
    expect(text).not.toContain('NaN');
  });
});
