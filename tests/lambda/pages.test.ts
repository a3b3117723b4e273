import { renderJobRunPage } from '../../monitoring-lambda/job-run-page';
import { formatAge, formatSeconds, formatShare, formatUsd } from '../../monitoring-lambda/format';
import { renderRunPage } from '../../monitoring-lambda/page';
import { jobState, report, runSummary, stage } from './factories';

const HOSTILE = '<script>alert("x")</script> & <img src=http://example.com/>';

/** Addresses that a browser would load. */
const loads = (html: string) => html.match(/(?:src|href)="(?!data:)[^"]*|url\(|@import/g) ?? [];

describe('renderJobRunPage', () => {
  it('shows the error before the figures, as text', () => {
    const html = renderJobRunPage(report({ state: 'FAILED' }, {}, jobState({ error: HOSTILE })));

    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;script>alert(&quot;x&quot;)&lt;/script> &amp; &lt;img');
    expect(html.indexOf('&lt;script')).toBeLessThan(html.indexOf('>Rows<'));
  });

  it('shows the log as text', () => {
    const line = { at: '2013-01-01T23:59:59.000Z', message: HOSTILE };

    const html = renderJobRunPage({
      ...report({ state: 'FAILED' }),
      errorLines: { journal: [line], driver: [] },
    });

    expect(html).toContain('<time>23:59:59</time> &lt;script>');
  });

  it('has nothing to say about a failure where there was none', () => {
    expect(renderJobRunPage(report())).not.toContain('What happened');
  });
});

describe('renderRunPage', () => {
  it('shows totals, a row per stage, and the result of the query', () => {
    const query = { sql: 'SELECT name, delay FROM flights', columns: ['name', 'delay'], rows: [['United', 3.56]] };

    const html = renderRunPage({ ...runSummary(), query });

    expect(html).toContain('<h1>1 data set published</h1>');
    expect(html).toContain('good 90 (90 %)');
    expect(html.match(/<tr><th>(ingest|process|validate|curate)<\/th>/g)).toHaveLength(4);
    expect(html).toContain('<td class="number">3.56</td>');
    expect(loads(html)).toEqual([]);
  });

  it("shows the first failed stage's error before all else", () => {
    const failed = stage({ state: 'FAILED', error: HOSTILE, good: null });
    const notStarted = stage({ state: 'NOT_STARTED', read: null });

    const html = renderRunPage(runSummary({ process: failed, validate: notStarted, curate: notStarted }));

    expect(html).toContain('<h1>1 of 1 data set failed</h1>');
    expect(html.match(/card bad/g)).toHaveLength(1);
    expect(html.indexOf('&lt;script')).toBeLessThan(html.indexOf('Rows read'));
    expect(html).not.toContain('<script');
  });
});

it.each([
  [0, '0 s'],
  [42.13, '42.1 s'],
  [59.96, '1 min 0 s'],
  [119.7, '2 min 0 s'],
  [3723, '1 h 2 min'],
])('formatSeconds(%d)', (seconds, expected) => {
  expect(formatSeconds(seconds)).toBe(expected);
});

it.each([
  [0, 100, '0 %'],
  [1, 26_115, '< 0.1 %'],
  [26_114, 26_115, '> 99.9 %'],
  [7, 7, '100 %'],
  [0, 0, '0 %'],
])('formatShare(%d, %d)', (part, whole, expected) => {
  expect(formatShare(part, whole)).toBe(expected);
});

it.each([
  [0, '$0.00'],
  [0.004, '< $0.01'],
  [1234.5, '$1,234.50'],
])('formatUsd(%d)', (usd, expected) => {
  expect(formatUsd(usd)).toBe(expected);
});

it.each([
  [20, '0 min'],
  [3540, '59 min'],
  [90_000, '25 h'],
  [200_000, '2 days'],
])('formatAge(%d)', (seconds, expected) => {
  expect(formatAge(seconds)).toBe(expected);
});
