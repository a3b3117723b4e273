import type { JobRun } from '@aws-sdk/client-glue';
import type { MonitoringEnvironment } from '../../monitoring-lambda/environment';
import type { RunSummary, StageSummary } from '../../monitoring-lambda/page';
import {
  buildReport,
  type JobRunReport,
  type JobState,
  type JobStateChangeEvent,
} from '../../monitoring-lambda/report';
import { Naming, type Stage } from '../../modules/naming';

const naming = new Naming('local');

export const settings: MonitoringEnvironment = {
  environment: 'local',
  alertsTopicArn: `arn:aws:sns:us-east-1:000000000000:${naming.alertsTopic}`,
  reportsBucket: naming.bucket('logs'),
  metricNamespace: naming.metricNamespace,
  jobStateTable: naming.jobStateTable,
  glueLogGroup: naming.glueLogGroup,
};

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

export function report(
  detail: Partial<JobStateChangeEvent['detail']> = {},
  run: Partial<JobRun> = {},
  state: JobState | null = jobState(),
): JobRunReport {
  return buildReport({
    settings,
    event: jobStateChange(detail),
    stage: 'process',
    dataset: 'flights',
    run: jobRun(run),
    jobState: state,
    logLines: [],
  });
}

export function stage(summary: Partial<StageSummary> = {}): StageSummary {
  const counts = { read: 100, good: 90, quarantined: 8, duplicates: 2, published: 90 };
  return { state: 'SUCCEEDED', seconds: 12.5, error: null, ...counts, ...summary };
}

export function runSummary(stages: Partial<Record<Stage, StageSummary>> = {}): RunSummary {
  const flights = { ingest: stage(), process: stage(), validate: stage(), curate: stage(), ...stages };
  return { environment: 'local', startedAt: '2013-01-02T03:04:05.000Z', seconds: 75, datasets: { flights } };
}
