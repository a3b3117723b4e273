import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { Construct } from 'constructs';
import type { Job } from '../glue';

export interface JobAlarmsProps {
  readonly job: Job;
  /** Namespace of this project's own metrics. */
  readonly metricNamespace: string;
  /** Heap in use from which on memory is short. */
  readonly memoryPercent: number;
  readonly topicArn: string;
}

const PERIOD_SECONDS = 300;
const DAY_SECONDS = 86400;

/** Tells the operator that runs of a job fail, take too long, or are short of memory. */
export class JobAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: JobAlarmsProps,
  ) {
    super(scope, id);
    this.alarmOnFailure();
    this.alarmOnDuration();
    this.alarmOnMemory();
  }

  /** Glue has no metric for a failed run: the monitoring function makes one of the event. */
  private alarmOnFailure(): void {
    const { job, metricNamespace } = this.props;
    new CloudwatchMetricAlarm(this, 'failure', {
      ...this.common('failed', `A run of ${job.name} failed, was stopped or ran into its timeout`),
      namespace: metricNamespace,
      metricName: 'JobRunsFailed',
      dimensions: { JobName: job.name },
      statistic: 'Sum',
      period: PERIOD_SECONDS,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
    });
  }

  /** The metric gives the time spent since it was last given: a run shows as their sum over a period that holds it. */
  private alarmOnDuration(): void {
    const { job } = this.props;
    const lateAfterSeconds = job.lateAfterMinutes * 60;
    new CloudwatchMetricAlarm(this, 'duration', {
      ...this.common('late', `Runs of ${job.name} take longer than ${job.lateAfterMinutes} minutes`),
      ...glueMetric('glue.driver.aggregate.elapsedTime', job.name, 'count'),
      statistic: 'Sum',
      period: Math.min(2 * lateAfterSeconds, DAY_SECONDS),
      comparisonOperator: 'GreaterThanThreshold',
      threshold: lateAfterSeconds * 1000,
    });
  }

  private alarmOnMemory(): void {
    const { job, memoryPercent } = this.props;
    const heap = (id: string, of: 'driver' | 'ALL') => ({
      id,
      metric: {
        ...glueMetric(`glue.${of}.jvm.heap.usage`, job.name, 'gauge'),
        stat: 'Average',
        period: PERIOD_SECONDS,
      },
    });
    new CloudwatchMetricAlarm(this, 'memory', {
      ...this.common('memory', `Driver or executors of ${job.name} use more than ${memoryPercent} % of their heap`),
      metricQuery: [
        heap('driver', 'driver'),
        heap('executors', 'ALL'),
        { id: 'highest', expression: 'MAX([driver, executors])', label: 'Heap in use', returnData: true },
      ],
      comparisonOperator: 'GreaterThanThreshold',
      threshold: memoryPercent / 100,
    });
  }

  private common(suffix: string, alarmDescription: string) {
    const { job, topicArn } = this.props;
    return {
      alarmName: `${job.name}-${suffix}`,
      alarmDescription,
      alarmActions: [topicArn],
      evaluationPeriods: 1,
      // There are metrics only while jobs run.
      treatMissingData: 'notBreaching',
      tags: { Dataset: job.dataset },
    };
  }
}

/** Without all three dimensions there is no such metric; `ALL` stands for whichever run. */
function glueMetric(metricName: string, jobName: string, type: 'count' | 'gauge') {
  return { namespace: 'Glue', metricName, dimensions: { JobName: jobName, JobRunId: 'ALL', Type: type } };
}
