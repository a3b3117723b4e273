import { readEnvironment } from '../../monitoring-lambda/environment';
import { parseJobName } from '../../monitoring-lambda/events';
import { renderJobRunText } from '../../monitoring-lambda/job-run-text';
import { METRICS } from '../../monitoring-lambda/metrics';
import { reportKey } from '../../monitoring-lambda/report';
import { runMetrics } from '../../monitoring-lambda/run-metrics';
import { jobState, performance, report, variables } from './factories';

describe('readEnvironment', () => {
  it('names every variable that is missing or empty', () => {
    expect(() => readEnvironment({ ...variables, DATASETS_URI: undefined, METRIC_NAMESPACE: '' })).toThrow(
      'environment variables must be set: DATASETS_URI, METRIC_NAMESPACE',
    );
  });
});

describe('parseJobName', () => {
  it.each([
    ['glue-etl-pipeline-dev-ingest-flights', { stage: 'ingest', dataset: 'flights' }],
    ['glue-etl-pipeline-dev-curate-bird_strikes', { stage: 'curate', dataset: 'bird_strikes' }],
    ['glue-etl-pipeline-prod-ingest-flights', null],
    ['glue-etl-pipeline-dev-eu-ingest-flights', null],
    ['somebody-elses-job', null],
  ])('%s', (jobName, expected) => {
    expect(parseJobName(jobName, 'dev')).toEqual(expected);
  });
});

describe('runFacts', () => {
  it('joins what Glue and the job say about a run that succeeded', () => {
    expect(report()).toMatchObject({
      headline: 'flights: process succeeded',
      failed: false,
      seconds: 270,
      dpuHours: 0.3,
      usd: expect.closeTo(0.132),
      workers: 4,
      workerType: 'G.1X',
      attempt: 1,
      batches: ['wr_1'],
      counts: { read: 100, good: 90, quarantined: 8, duplicates: 2, published: null },
      error: null,
      nextSteps: [],
    });
  });

  it('takes the DPU-seconds of a run that scaled by itself', () => {
    expect(report({}, { DPUSeconds: 720 })).toMatchObject({ dpuHours: 0.2, usd: expect.closeTo(0.088) });
    expect(report({}, { DPUSeconds: 720, ExecutionClass: 'FLEX' }).usd).toBeCloseTo(0.058);
  });

  it.each([
    ['FAILED', 'flights: process failed'],
    ['TIMEOUT', 'flights: process ran into its timeout'],
    ['STOPPED', 'flights: process was stopped'],
    ['EXPIRED', 'flights: process ended as EXPIRED'],
  ])('counts %s as a failure', (state, headline) => {
    expect(report({ state })).toMatchObject({ failed: true, headline });
  });

  it("gives the job's own error before that of Glue, and that before the event's message", () => {
    const detail = { state: 'FAILED', message: 'of the event' };
    const run = { ErrorMessage: 'of Glue' };

    expect(report(detail, run, jobState({ error: 'of the job' })).error).toBe('of the job');
    expect(report(detail, run, null).error).toBe('of Glue');
    expect(report(detail, {}, null).error).toBe('of the event');
  });

  it("takes nothing from another run's state", () => {
    const actual = report({ state: 'FAILED' }, {}, jobState({ jobRunId: 'jr_0', error: 'of yesterday' }));

    expect(actual).toMatchObject({ error: 'Job run ended', batches: [], counts: { read: null } });
  });
});

describe('reportKey', () => {
  it('files a run under the day on which it started', () => {
    expect(reportKey(report())).toBe('reports/2013/01/01/glue-etl-pipeline-local-process-flights/jr_1');
  });
});

describe('runMetrics', () => {
  const values = (...args: Parameters<typeof report>) => {
    const data = runMetrics(report(...args), 1.5);
    return Object.fromEntries(data.map(({ name, dimension, of, value }) => [`${name} ${dimension} ${of}`, value]));
  };
  const job = 'JobName glue-etl-pipeline-local-process-flights';

  it('gives both outcomes, the duration, and the rows that were counted', () => {
    expect(values()).toEqual({
      [`JobRunsSucceeded ${job}`]: 1,
      [`JobRunsFailed ${job}`]: 0,
      [`DurationSeconds ${job}`]: 270,
      [`DpuHours ${job}`]: 0.3,
      [`RowsRead ${job}`]: 100,
      [`RowsQuarantined ${job}`]: 8,
      'DpuHours Dataset flights': 0.3,
      'DpuHoursToday Dataset flights': 1.5,
      'CostUsd Dataset flights': expect.closeTo(0.132),
      'RowsRead Dataset flights': 100,
      'RowsQuarantined Dataset flights': 8,
      'QuarantinedPercent Dataset flights': 8,
    });
  });

  it('gives no rows where the job wrote none', () => {
    const names = Object.keys(values({ state: 'TIMEOUT' }, {}, null)).filter((name) => /Rows|Quarantined/.test(name));
    expect(names).toEqual([]);
  });

  it("gives a data set's rows once, though each stage counts them", () => {
    const counts = { read: 90, good: 90, quarantined: 0, duplicates: 0, published: 80 };
    const [validate, curate] = ['validate', 'curate'].map((stage) =>
      Object.keys(values({ jobName: `glue-etl-pipeline-local-${stage}-flights` }, {}, jobState({ counts }))),
    );
    const ofDataSet = (names?: string[]) => names!.filter((name) => /^(Rows|Rules|Quar).* Dataset/.test(name));

    expect(ofDataSet(validate)).toEqual(['RulesFailed Dataset flights']);
    expect(ofDataSet(curate)).toEqual(['RowsPublished Dataset flights']);
  });

  it('gives the ratio to the 95th percentile once there is one', () => {
    const further = { performance: performance({ seconds: 600 }) };
    expect(values({}, {}, jobState(), further)).toMatchObject({ [`DurationOfP95 ${job}`]: 2 });
  });

  it('gives every metric under the dimensions that the catalogue has', () => {
    for (const { name, dimension } of runMetrics(report({}, {}, jobState(), { performance: performance() }), 1)) {
      expect(METRICS[name].dimensions).toContain(dimension);
    }
  });
});

describe('renderJobRunText', () => {
  it('says the error first, then what it means, which commands to run and where the report lies', () => {
    const line = (message: string) => ({ at: '2013-01-02T00:03:00.000Z', message });
    const failed = report({ state: 'FAILED' }, {}, jobState({ error: 'column "tailnum" not found' }), {
      failedRules: ['RowCount > 0 (rows = 0)'],
      errorLines: { journal: [line('{"event":"run-failed"}')], driver: [line('KeyError')] },
      performance: performance(),
    });

    const text = renderJobRunText(failed, 's3://reports/r.html');

    const parts = [
      'column "tailnum" not found',
      'RowCount > 0 (rows = 0)',
      'Consumers of flights go on seeing what was published last.',
      '--log-group-name "/aws-glue/glue-etl-pipeline-local" --log-stream-name "glue-etl-pipeline-local-process-flights"',
      '--key \'{"job_name":{"S":"glue-etl-pipeline-local-process-flights"}}\'',
      'aws glue start-workflow-run --name "glue-etl-pipeline-local-flights"',
      's3://reports/r.html',
      '00:03:00 {"event":"run-failed"}',
      'KeyError',
      'Duration: 5 min 0 s, median before 5 min 0 s',
    ];
    const positions = parts.map((part) => text.indexOf(part));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });
});
