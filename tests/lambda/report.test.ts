import { renderAlert } from '../../monitoring-lambda/alert';
import { readEnvironment } from '../../monitoring-lambda/environment';
import { parseJobName, reportKey, runMetrics } from '../../monitoring-lambda/report';
import { jobState, report } from './factories';

describe('readEnvironment', () => {
  it('names every variable that is missing or empty', () => {
    const variables = { ENVIRONMENT: 'dev', ALERTS_TOPIC_ARN: 'arn', REPORTS_BUCKET: 'b', METRIC_NAMESPACE: '' };

    expect(() => readEnvironment(variables)).toThrow(
      'environment variables must be set: METRIC_NAMESPACE, JOB_STATE_TABLE, GLUE_LOG_GROUP',
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

describe('buildReport', () => {
  it('joins what Glue and the job say about a run that succeeded', () => {
    expect(report()).toMatchObject({
      headline: 'flights: process succeeded',
      failed: false,
      seconds: 270,
      dpuHours: 0.3,
      workers: '4 × G.1X',
      attempt: 1,
      batches: ['wr_1'],
      counts: { read: 100, good: 90, quarantined: 8, duplicates: 2, published: null },
      error: null,
      nextSteps: [],
    });
  });

  it('takes the DPU-seconds of a run that scaled by itself', () => {
    expect(report({}, { DPUSeconds: 720 }).dpuHours).toBe(0.2);
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
  const values = (...args: Parameters<typeof report>) =>
    Object.fromEntries(runMetrics(report(...args)).map(({ name, value }) => [name, value]));

  it('gives both outcomes, the duration, and the rows that were counted', () => {
    expect(values()).toEqual({
      JobRunsSucceeded: 1,
      JobRunsFailed: 0,
      DurationSeconds: 270,
      RowsRead: 100,
      RowsQuarantined: 8,
    });
  });

  it('gives no rows where the job wrote none', () => {
    expect(values({ state: 'TIMEOUT' }, {}, null)).toEqual({
      JobRunsSucceeded: 0,
      JobRunsFailed: 1,
      DurationSeconds: 270,
    });
  });
});

describe('renderAlert', () => {
  it('says the error first, then what it means, where the report lies and which commands to run', () => {
    const failed = report({ state: 'FAILED' }, {}, jobState({ error: 'column "tailnum" not found' }));

    const { subject, message } = renderAlert(failed, 's3://reports/r.html');

    expect(subject).toBe('[local] flights: process failed');
    const parts = [
      'column "tailnum" not found',
      'Consumers of flights go on seeing what was published last.',
      's3://reports/r.html',
      '--log-group-name "/aws-glue/glue-etl-pipeline-local" --log-stream-name "glue-etl-pipeline-local-process-flights"',
      '--key \'{"job_name":{"S":"glue-etl-pipeline-local-process-flights"}}\'',
      'aws glue start-workflow-run --name "glue-etl-pipeline-local-flights"',
    ];
    const positions = parts.map((part) => message.indexOf(part));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('keeps within what SNS takes', () => {
    const failed = report({ state: 'FAILED' }, {}, jobState({ error: 'x'.repeat(400_000) }));

    const { subject, message } = renderAlert({ ...failed, headline: 'y'.repeat(300) }, 's3://reports/r.html');

    expect(subject.length).toBeLessThan(100);
    expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
  });
});
