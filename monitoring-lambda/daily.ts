import { type MetricDataQuery, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { Naming, STAGES } from '../modules/naming';
import { chunks, cloudwatch, mapAtOnce, publish, putText } from './aws';
import { renderDayPage } from './day-page';
import { renderDayText } from './day-text';
import { getAges } from './ages';
import { jobRuns } from './glue';
import type { MetricName } from './metrics';
import { dayKey } from './report';
import type { Services } from './run';
import { type DataSetDays, daysUntil, type FigureName, type Figures, NO_FIGURES, plural, summarize } from './summary';
import { usageOf } from './usage';

const DAY_SECONDS = 86_400;
/** The day, and the week before it. */
const DAYS = 8;
/** Of one call of GetMetricData. */
const MOST_QUERIES = 500;
const CALLS_AT_ONCE = 8;

/** What jobs count and Glue does not know, by the metrics in which it was reported. */
const COUNTED: Partial<Record<MetricName, FigureName>> = {
  RowsRead: 'rowsRead',
  RowsQuarantined: 'rowsQuarantined',
  RowsPublished: 'rowsPublished',
  RulesFailed: 'rulesFailed',
};

/** Figures by data set, then by day. */
type Days = Map<string, Record<string, { -readonly [Name in FigureName]: number }>>;

/** Sums up the day before `time`, once: page, text and JSON to S3, and a mail. */
export async function summarizeDay(time: string, services: Services): Promise<object> {
  const { settings, datasets, once } = services;
  const names = [...datasets.keys()];
  const dates = daysUntil(new Date(time), DAYS);
  const date = dates.at(-1)!;
  await once.do(`summary of ${date}`, async () => {
    const days: Days = new Map(
      names.map((name) => [name, Object.fromEntries(dates.map((each) => [each, { ...NO_FIGURES }]))]),
    );
    const [{ ages }] = await Promise.all([
      getAges(names, new Date(time), settings),
      addRuns(days, dates[0]!, settings.environment),
      addCounts(days, dates, settings.metricNamespace),
    ]);
    const summary = summarize({
      environment: settings.environment,
      madeAt: new Date(time).toISOString(),
      dates,
      datasets: names.map((name): DataSetDays => ({
        name,
        latencyHours: datasets.get(name)!.latencyHours,
        ageSeconds: ages.get(name) ?? null,
        days: dates.map((each): Figures => days.get(name)![each]!),
      })),
    });
    const key = `${dayKey(date)}/daily-summary`;
    const bucket = settings.reportsBucket;
    const text = renderDayText(summary, `s3://${bucket}/${key}.html`);
    await Promise.all([
      putText({ bucket, key: `${key}.html`, body: renderDayPage(summary) }),
      putText({ bucket, key: `${key}.txt`, body: text }),
      putText({ bucket, key: `${key}.json`, body: JSON.stringify(summary) }),
    ]);
    const failed = summary.days.at(-1)!.failed;
    const subject = `[${settings.environment}] ${date}: ${plural(names.length, 'data set')}, ${plural(failed, 'failed run')}`;
    await publish(settings.reportsTopicArn, { subject, message: text });
  });
  return { date, datasets: names.length };
}

/** Adds what Glue knows: every run of every job since a day, page by page, of which no more is kept than its figures. */
async function addRuns(days: Days, since: string, environment: string): Promise<void> {
  const naming = new Naming(environment);
  const jobs = [...days.keys()].flatMap((dataset) => STAGES.map((stage) => ({ dataset, stage })));
  await mapAtOnce(CALLS_AT_ONCE, jobs, async ({ dataset, stage }) => {
    for await (const run of jobRuns(naming.job(stage, dataset))) {
      const date = run.StartedOn?.toISOString().slice(0, 10) ?? '';
      if (date < since) break;
      const figures = days.get(dataset)![date];
      if (!figures) continue;
      const { seconds, dpuHours, usd } = usageOf(run);
      figures.runs += 1;
      figures.failed += Number(['FAILED', 'TIMEOUT', 'STOPPED', 'ERROR'].includes(run.JobRunState ?? ''));
      figures.seconds += seconds;
      figures.dpuHours += dpuHours;
      figures.usd += usd;
    }
  });
}

async function addCounts(days: Days, dates: readonly string[], namespace: string): Promise<void> {
  const series = [...days.keys()].flatMap((dataset) =>
    Object.entries(COUNTED).map(([metric, figure]) => ({ dataset, metric, figure })),
  );
  for (const some of chunks(MOST_QUERIES, series)) {
    const queries = some.map(({ dataset, metric }, index) => query(namespace, metric, dataset, index));
    const pages = paginateGetMetricData(
      { client: cloudwatch },
      {
        MetricDataQueries: queries,
        StartTime: new Date(dates[0]!),
        EndTime: new Date(Date.parse(dates.at(-1)!) + DAY_SECONDS * 1000),
      },
    );
    for await (const { MetricDataResults = [] } of pages) {
      for (const { Id = '', Timestamps = [], Values = [] } of MetricDataResults) {
        const { dataset, figure } = some[Number(Id.slice(1))]!;
        Timestamps.forEach((at, index) => {
          const figures = days.get(dataset)![at.toISOString().slice(0, 10)];
          if (figures) figures[figure] += Values[index] ?? 0;
        });
      }
    }
  }
}

function query(namespace: string, metric: string, dataset: string, index: number): MetricDataQuery {
  return {
    Id: `m${index}`,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: metric, Dimensions: [{ Name: 'Dataset', Value: dataset }] },
      Period: DAY_SECONDS,
      Stat: 'Sum',
    },
  };
}
