import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { renderDayPage } from '../../monitoring-lambda/day-page';
import { renderJobRunPage } from '../../monitoring-lambda/job-run-page';
import { renderRunPage } from '../../monitoring-lambda/page';
import { daysUntil, type Figures, NO_FIGURES, summarize } from '../../monitoring-lambda/summary';
import { jobState, performance, report, runSummary, stage } from './factories';

/** Screenshots stay here, to be looked at. */
const FOLDER = path.join(__dirname, '../../build/reports');
/** Of text on its ground, for people with moderately low vision. Source: WCAG 2.2, 1.4.3. */
const LEAST_CONTRAST = 4.5;
const LONG = 'a_data_set_with_a_name_as_long_as_a_contract_allows_it_to_be_ever';

const line = (message: string) => ({ at: '2013-01-02T00:03:00.000Z', message });

const failedRun = report({ state: 'FAILED' }, {}, jobState({ error: `QualityError: ${'x'.repeat(300)}` }), {
  failedRules: ['RowCount > 0 (Dataset.*.RowCount = 0)'],
  errorLines: {
    journal: [line(JSON.stringify({ event: 'run-failed', error: 'x'.repeat(400) }))],
    driver: [line('… 12 lines left out'), line('Traceback (most recent call last):')],
  },
  performance: performance({ seconds: 700, workers: 4 }),
});

function day() {
  const dates = daysUntil(new Date('2013-01-09T06:00:00Z'), 8);
  const figures = (set: number, index: number): Figures => ({
    ...NO_FIGURES,
    ...{ runs: 96, failed: set === 0 ? index % 3 : 0, rowsQuarantined: set, usd: 1.2, dpuHours: 3, seconds: 9000 },
    ...{ rowsRead: 1_234_567_890, rowsPublished: set === 1 && index === 7 ? 12 : 1_234_567_000 + index * 1e7 },
  });
  const datasets = [LONG, 'flights', 'airlines'].map((name, set) => ({
    ...{ name, latencyHours: 24, ageSeconds: 3600 * (set + 2) },
    days: dates.map((_, index) => figures(set, index)),
  }));
  return summarize({ environment: 'prod', madeAt: '2013-01-09T06:00:00Z', dates, datasets });
}

const query = { sql: 'SELECT carrier FROM flights', columns: ['carrier', 'delay'], rows: [['United', 3.56]] };
const PAGES = {
  'succeeded-run': renderJobRunPage(report({}, {}, jobState(), { performance: performance() })),
  'failed-run': renderJobRunPage(failedRun),
  'daily-summary': renderDayPage(day()),
  'pipeline-run': renderRunPage({ ...runSummary({ process: stage({ state: 'FAILED', error: 'x' }) }), query }),
};

let browser: Browser;

beforeAll(async () => {
  // It has no other form than that of a module.
  const { default: binary } = (await import('@sparticuz/chromium')) as typeof import('@sparticuz/chromium');
  browser = await chromium.launch({ executablePath: await binary.executablePath(), args: ['--no-sandbox'] });
  mkdirSync(FOLDER, { recursive: true });
});

afterAll(() => browser?.close());

const cases = Object.keys(PAGES).flatMap((name) =>
  ([390, 1200] as const).flatMap((width) =>
    (['light', 'dark'] as const).map((scheme) => [name, width, scheme] as const),
  ),
);

test.each(cases)(
  '%s, %d pixels wide, %s: fits, can be read, and loads nothing',
  async (name, width, colorScheme) => {
    const file = path.join(FOLDER, `${name}.html`);
    writeFileSync(file, PAGES[name as keyof typeof PAGES]);
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const requested: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(pathToFileURL(file).href);

    const { overflow, faint } = (await page.evaluate(`(${look.toString()})(${LEAST_CONTRAST})`)) as ReturnType<
      typeof look
    >;
    await keepPicture(page, path.join(FOLDER, `${name}-${width}-${colorScheme}.png`));
    await page.close();

    expect(requested).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
    expect(overflow).toBe(0);
    expect(faint).toEqual([]);
  },
  30_000,
);

/** On a busy machine the browser may have no picture yet. */
async function keepPicture(page: Page, file: string, tries = 5): Promise<void> {
  try {
    await page.screenshot({ path: file, fullPage: true });
  } catch (error) {
    if (tries === 1) throw error;
    await sleep(1000);
    await keepPicture(page, file, tries - 1);
  }
}

// Of the page: this project has no types of browsers.
type Dom = any; // eslint-disable-line @typescript-eslint/no-explicit-any
declare const document: Dom;
declare const window: Dom;

/** Runs in the page: by how much it is too wide, and texts that stand out too little from what is behind them. */
function look(least: number): { overflow: number; faint: string[] } {
  const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string) => {
    const [r, g, b] = channels(colour).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const ground = (element: Dom): string => {
    const colour = window.getComputedStyle(element).backgroundColor;
    const isClear = channels(colour)[3] === 0;
    return isClear && element.parentElement ? ground(element.parentElement) : colour;
  };
  const texts = [...document.body.querySelectorAll('*')].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()),
  );
  const faint = texts.flatMap((element) => {
    const [text, behind] = [luminance(window.getComputedStyle(element).color), luminance(ground(element))];
    const contrast = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    return contrast < least ? [`${element.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`] : [];
  });
  return { overflow: document.documentElement.scrollWidth - window.innerWidth, faint };
}
