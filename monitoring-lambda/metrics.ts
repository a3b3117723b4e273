/** The metrics that the monitoring function emits, in the namespace `glue-etl-pipeline-<env>`; alarms are made of these. */
export interface Metric {
  readonly unit: 'Count' | 'Seconds' | 'Percent' | 'None';
  /** Of each series one of these, alone: whose figure it is. */
  readonly dimensions: readonly Dimension[];
  /** How its values over a period are to be put together. */
  readonly statistic: 'Sum' | 'Maximum';
  /** What a value says, and when there is one. */
  readonly meaning: string;
}

export type Dimension = 'JobName' | 'Dataset';

const JOB = ['JobName'] as const;
const DATASET = ['Dataset'] as const;
const BOTH = ['JobName', 'Dataset'] as const;

export const METRICS = {
  JobRunsSucceeded: {
    unit: 'Count',
    dimensions: JOB,
    statistic: 'Sum',
    meaning: '1 for a run that succeeded, 0 for any other; with each run',
  },
  JobRunsFailed: {
    unit: 'Count',
    dimensions: JOB,
    statistic: 'Sum',
    meaning: '1 for a run that failed, timed out or was stopped, 0 for one that succeeded; with each run',
  },
  DurationSeconds: {
    unit: 'Seconds',
    dimensions: JOB,
    statistic: 'Maximum',
    meaning: 'Time in which a run used resources, start-up not counted; with each run',
  },
  DurationOfP95: {
    unit: 'None',
    dimensions: JOB,
    statistic: 'Maximum',
    meaning: "A run's duration as a ratio to the 95th percentile of the runs before it; once there are 10 of them",
  },
  DpuHours: {
    unit: 'None',
    dimensions: BOTH,
    statistic: 'Sum',
    meaning: 'DPU-hours that a run used; with each run',
  },
  DpuHoursToday: {
    unit: 'None',
    dimensions: DATASET,
    statistic: 'Maximum',
    meaning: "DPU-hours of all runs of the data set's jobs that started on this UTC day; with each run",
  },
  CostUsd: {
    unit: 'None',
    dimensions: DATASET,
    statistic: 'Sum',
    meaning: 'What a run cost in US dollars, by the list price of its execution class; with each run',
  },
  RowsRead: {
    unit: 'Count',
    dimensions: BOTH,
    statistic: 'Sum',
    meaning: 'Rows that a run read; of the data set, those that stage `process` read',
  },
  RowsQuarantined: {
    unit: 'Count',
    dimensions: BOTH,
    statistic: 'Sum',
    meaning: 'Rows that a run rejected; of the data set, those that stage `process` rejected',
  },
  RowsPublished: {
    unit: 'Count',
    dimensions: BOTH,
    statistic: 'Sum',
    meaning: 'Rows that a run published; of the data set, those that stage `curate` published',
  },
  QuarantinedPercent: {
    unit: 'Percent',
    dimensions: DATASET,
    statistic: 'Maximum',
    meaning: 'Rows rejected of those read, 0 to 100; with each run of stage `process` that read rows',
  },
  RulesFailed: {
    unit: 'Count',
    dimensions: DATASET,
    statistic: 'Sum',
    meaning: 'Quality rules of severity `error` that failed; with each run of stage `validate`',
  },
  FreshnessSeconds: {
    unit: 'Seconds',
    dimensions: DATASET,
    statistic: 'Maximum',
    meaning: 'Time since rows were last published, or since the workflow was made if none ever were; every 15 minutes',
  },
  FailedActions: {
    unit: 'Count',
    dimensions: DATASET,
    statistic: 'Sum',
    meaning: 'Actions of ended workflow runs that failed, timed out or were stopped, each once; every 15 minutes',
  },
  RunsNotStarted: {
    unit: 'Count',
    dimensions: DATASET,
    statistic: 'Sum',
    meaning: 'Workflow runs and jobs that were due and never started, each once; every 15 minutes',
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

/** How often the figures of a data set that no run gives are given. */
export const WATCH_MINUTES = 15;
