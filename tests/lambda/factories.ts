import type { JobRun } from '@aws-sdk/client-glue';
import type { MonitoredDataSet } from '../../monitoring-lambda/datasets';
import type { MonitoringEnvironment } from '../../monitoring-lambda/environment';
import type { RunSummary, StageSummary } from '../../monitoring-lambda/page';
import { type JobStateChangeEvent, parseJobName } from '../../monitoring-lambda/events';
import { type PastRun, analyse } from '../../monitoring-lambda/performance';
import { type JobRunReport, type JobState, runFacts, type RunFacts } from '../../monitoring-lambda/report';
import { Naming, type Stage } from '../../modules/naming';

const naming = new Naming('local');

export const settings: MonitoringEnvironment = {
  environment: 'local',
  datasetsUri: `s3://${naming.bucket('scripts')}/monitoring/datasets.json`,
  reportsTopicArn: `arn:aws:sns:us-east-1:000000000000:${naming.reportsTopic}`,
  reportsBucket: naming.bucket('logs'),
  metricNamespace: naming.metricNamespace,
  jobStateTable: naming.jobStateTable,
  jobBookmarksTable: naming.jobBookmarksTable,
  monitoringTable: naming.monitoringTable,
  glueLogGroup: naming.glueLogGroup,
  driverLogGroup: `${naming.glueLogGroup}/error-${naming.securityConfiguration}`,
};

/** The environment variables that make these settings. */
export const variables = {
  ENVIRONMENT: settings.environment,
  DATASETS_URI: settings.datasetsUri,
  REPORTS_TOPIC_ARN: settings.reportsTopicArn,
  REPORTS_BUCKET: settings.reportsBucket,
  METRIC_NAMESPACE: settings.metricNamespace,
  JOB_STATE_TABLE: settings.jobStateTable,
  JOB_BOOKMARKS_TABLE: settings.jobBookmarksTable,
  MONITORING_TABLE: settings.monitoringTable,
  GLUE_LOG_GROUP: settings.glueLogGroup,
  DRIVER_LOG_GROUP: settings.driverLogGroup,
};

export function monitoredDataSet(name: string, latencyHours: number | null = null): MonitoredDataSet {
  return { name, latencyHours, lateAfterMinutes: { ingest: 60, process: 60, validate: 60, curate: 60 } };
}

export function jobStateChange(detail: Partial<JobStateChangeEvent['detail']> = {}): JobStateChangeEvent {
  return {
    source: 'aws.glue',
    'detail-type': 'Glue Job State Change',
    time: '2013-01-02T03:06:00Z',
    detail: {
      jobName: naming.job('process', 'flights'),
      jobRunId: 'jr_1',
      state: 'SUCCEEDED',
      message: 'Job run ended',
      ...detail,
    },
  };
}

export function jobRun(run: Partial<JobRun> = {}): JobRun {
  return {
    StartedOn: new Date('2013-01-01T23:59:00Z'),
    CompletedOn: new Date('2013-01-02T00:04:00Z'),
    ExecutionTime: 270,
    MaxCapacity: 4,
    NumberOfWorkers: 4,
    WorkerType: 'G.1X',
    GlueVersion: '4.0',
    ...run,
  };
}

export function jobState(state: Partial<JobState> = {}): JobState {
  const counts = { read: 100, good: 90, quarantined: 8, duplicates: 2, published: null };
  return { jobRunId: 'jr_1', batches: ['wr_1'], counts, error: null, ...state };
}

export function facts(
  detail: Partial<JobStateChangeEvent['detail']> = {},
  run: Partial<JobRun> = {},
  state: JobState | null = jobState(),
): RunFacts {
  const event = jobStateChange(detail);
  const job = parseJobName(event.detail.jobName, settings.environment)!;
  return runFacts({ settings, event, job, run: jobRun(run), jobState: state });
}

export function report(
  detail: Partial<JobStateChangeEvent['detail']> = {},
  run: Partial<JobRun> = {},
  state: JobState | null = jobState(),
  further: Partial<JobRunReport> = {},
): JobRunReport {
  const errorLines = { journal: [], driver: [] };
  return { ...facts(detail, run, state), failedRules: [], errorLines, performance: null, ...further };
}

const HOUR_MS = 3_600_000;

/** Runs of one job, the latest first, an hour between them; `run` says how each differs from an ordinary one. */
export function pastRuns(count: number, run: (index: number) => Partial<PastRun> = () => ({})): PastRun[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `jr_${count - index}`,
    startedAt: new Date(Date.parse('2013-01-02T00:00:00Z') - index * HOUR_MS).toISOString(),
    seconds: 300,
    dpuHours: 0.2,
    usd: 0.088,
    workers: 4,
    workerType: 'G.1X',
    maxDpus: 4,
    isFlex: false,
    rows: 30_000,
    heapPercent: 60,
    skew: 0,
    utilization: 0.5,
    ...run(index),
  }));
}

export function performance(further: Partial<PastRun> = {}) {
  const [run, ...past] = pastRuns(21);
  return analyse({ ...run!, ...further }, past, { latencyHours: null, lateAfterMinutes: 60 });
}

export function stage(summary: Partial<StageSummary> = {}): StageSummary {
  const counts = { read: 100, good: 90, quarantined: 8, duplicates: 2, published: 90 };
  return { state: 'SUCCEEDED', seconds: 12.5, error: null, ...counts, ...summary };
}

export function runSummary(stages: Partial<Record<Stage, StageSummary>> = {}): RunSummary {
  const flights = { ingest: stage(), process: stage(), validate: stage(), curate: stage(), ...stages };
  return { environment: 'local', startedAt: '2013-01-02T03:04:05.000Z', seconds: 75, datasets: { flights } };
}
