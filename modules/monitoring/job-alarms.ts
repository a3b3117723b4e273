import type { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { Construct } from 'constructs';
import type { Job } from '../glue';
import { createAlarm, type AlarmContext, type AlarmOptions } from './alarm';
import { expression, glueSeries, ownSeries } from './series';

export interface JobAlarmsProps extends AlarmContext {
  readonly job: Job;
  /** Heap in use from which on memory is short. */
  readonly memoryPercent: number;
}

const PERIOD_SECONDS = 300;
/** A run that is short of something is so again and again: half an hour without it ends the alarm. */
const HOLD_PERIODS = 6;
/** For so long whatever else comes of a failure is part of the same incident: the next watch finds it within minutes. */
export const INCIDENT_SECONDS = 3600;
/** A run is late that takes so many times as long as all but 5 % of those before it. */
const LATE_RATIO = 1.5;
const DISK_PERCENT = 85;
/** Glue gives 0 while the longest task takes no more than five times as long as the median one, and 1 at twice that. */
const SKEWNESS = 1;
/**
 * In a run of a few minutes, a task that warms up takes many times as long as the median one. So it counts only of a job that
 * has worked for two thirds of a quarter of an hour.
 */
const SKEW_PERIOD_SECONDS = 900;
const WORKED_MILLISECONDS = 600_000;
/** Half an hour, too. */
const SKEW_HOLD_PERIODS = 2;

/** Tells the operator how runs of a job fare. That one failed is for the data set's own alarm to tell. */
export class JobAlarms extends Construct {
  /** The alarm on runs that did not succeed. */
  readonly failed: CloudwatchMetricAlarm;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: JobAlarmsProps,
  ) {
    super(scope, id);
    this.failed = this.alarmOnFailure();
    this.alarmOnLateness();
    this.alarmOnMemory();
    this.alarmOnDisk();
    this.alarmOnSkew();
  }

  /** Glue has no metric for a failed run: the monitoring function makes one of the event. */
  private alarmOnFailure(): CloudwatchMetricAlarm {
    const { job, metricNamespace } = this.props;
    return this.create('failure', 'failed', {
      what: `A run of ${job.name} failed, was stopped or ran into its timeout`,
      meaning: `Consumers of ${job.dataset} go on seeing what was published last`,
      section: 'a-job-failed',
      of: ownSeries(metricNamespace, 'JobRunsFailed', 'JobName', job.name),
      periodSeconds: INCIDENT_SECONDS,
      comparison: 'atLeast',
      threshold: 1,
      pages: false,
    });
  }

  /** Known once the run has ended; while it goes on, Glue's own signal tells of it, which the topic forwards. */
  private alarmOnLateness(): void {
    const { job, metricNamespace } = this.props;
    this.create('lateness', 'late', {
      what: `A run of ${job.name} took more than ${LATE_RATIO} times as long as 95 % of the runs before it`,
      meaning: `New data of ${job.dataset} is published later than usual`,
      section: 'a-run-takes-too-long',
      of: ownSeries(metricNamespace, 'DurationOfP95', 'JobName', job.name),
      periodSeconds: PERIOD_SECONDS,
      comparison: 'above',
      threshold: LATE_RATIO,
      pages: true,
    });
  }

  private alarmOnMemory(): void {
    const { job, memoryPercent } = this.props;
    const heap = (of: 'driver' | 'ALL') => glueSeries(`glue.${of}.jvm.heap.usage`, job.name);
    this.create('memory', 'memory', {
      what: `Driver or executors of ${job.name} use more than ${memoryPercent} % of their heap`,
      meaning: `The run is slow and may fail; ${job.dataset} would then not be brought up to date`,
      section: 'memory-is-short',
      of: expression('MAX([driver, executors])', 'Heap in use', PERIOD_SECONDS, {
        driver: heap('driver'),
        executors: heap('ALL'),
      }),
      ...{ periodSeconds: PERIOD_SECONDS, holdPeriods: HOLD_PERIODS },
      comparison: 'above',
      threshold: memoryPercent / 100,
      pages: true,
    });
  }

  /** Made of gigabytes, because AWS does not say whether its own percentage is out of 1 or of 100. */
  private alarmOnDisk(): void {
    const { job } = this.props;
    this.create('disk', 'disk', {
      what: `Executors of ${job.name} use more than ${DISK_PERCENT} % of their disks`,
      meaning: `The run fails once they are full; ${job.dataset} would then not be brought up to date`,
      section: 'disk-is-short',
      of: expression('used / (used + available)', 'Disk in use', PERIOD_SECONDS, {
        used: glueSeries('glue.ALL.disk.used_GB', job.name),
        available: glueSeries('glue.ALL.disk.available_GB', job.name),
      }),
      ...{ periodSeconds: PERIOD_SECONDS, holdPeriods: HOLD_PERIODS },
      comparison: 'above',
      threshold: DISK_PERCENT / 100,
      pages: true,
    });
  }

  private alarmOnSkew(): void {
    const { job } = this.props;
    this.create('skew', 'skew', {
      what: `A few tasks of ${job.name}, which has worked for ten minutes, take ten times as long as most, or more`,
      meaning: `New data of ${job.dataset} is published later than it need be, and idle workers are paid for`,
      section: 'work-is-skewed',
      of: expression(`IF(worked > ${WORKED_MILLISECONDS}, skewness, 0)`, 'Skewness', SKEW_PERIOD_SECONDS, {
        worked: glueSeries('glue.driver.aggregate.elapsedTime', job.name),
        skewness: glueSeries('glue.driver.skewness.job', job.name),
      }),
      ...{ periodSeconds: SKEW_PERIOD_SECONDS, holdPeriods: SKEW_HOLD_PERIODS },
      comparison: 'above',
      threshold: SKEWNESS,
      pages: true,
    });
  }

  private create(id: string, suffix: string, options: Omit<AlarmOptions, 'name' | 'tags'>): CloudwatchMetricAlarm {
    const { job } = this.props;
    const named = { ...options, name: `${job.name}-${suffix}`, tags: { Dataset: job.dataset } };
    return createAlarm(this, id, this.props, named);
  }
}
