import { CloudwatchCompositeAlarm } from '@cdktf/provider-aws/lib/cloudwatch-composite-alarm';
import type { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { Construct } from 'constructs';
import type { MetricName } from '../../monitoring-lambda/metrics';
import type { JobsOfDataSet } from '../glue';
import type { Naming } from '../naming';
import { createAlarm, type AlarmContext, type AlarmOptions } from './alarm';
import { INCIDENT_SECONDS } from './job-alarms';
import { ownSeries } from './series';

export interface DataSetAlarmsProps extends AlarmContext {
  readonly naming: Naming;
  readonly dataset: JobsOfDataSet;
  /** The alarms on its jobs' failures. */
  readonly jobsFailed: readonly CloudwatchMetricAlarm[];
  /** Share of rows that may be rejected. */
  readonly quarantinePercent: number;
  /** S3 URI of the latest report, as text. */
  readonly latestReport: string;
  /** Is raised if monitoring itself stands still: alarms about data would then all be about that. */
  readonly silent: CloudwatchMetricAlarm;
}

type Options = Omit<AlarmOptions, 'name' | 'tags' | 'of'> & { readonly metric: MetricName };

/** The age of data is measured every quarter of an hour: half an hour holds one value at least. */
const FRESHNESS_PERIOD_SECONDS = 1800;
const DAY_SECONDS = 86_400;
const SECONDS_PER_HOUR = 3600;
/** DPU-hours may be so many times as many as planned: a plan knows of no retry and of no slow start. */
const OVER_PLAN = 3;
/** The alarm that monitoring stands still has so long to come first, and so long do the others have to recover after it. */
const SUPPRESSOR_WAIT_SECONDS = 60;
const SUPPRESSOR_EXTENSION_SECONDS = 1800;

/**
 * Tells the operator, once, that a data set is not right: that it is late, incomplete or wrong, for whichever reasons. What
 * it costs more than planned is another matter.
 */
export class DataSetAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: DataSetAlarmsProps,
  ) {
    super(scope, id);
    const { latencyHours } = props.dataset;
    const reasons = [
      ...props.jobsFailed,
      this.alarmOnMissedStart(),
      this.alarmOnIncompleteRun(),
      ...(latencyHours === null ? [] : [this.alarmOnFreshness(latencyHours)]),
      this.alarmOnQuality(),
      this.alarmOnQuarantine(),
    ];
    this.createComposite(reasons);
    this.alarmOnCost();
  }

  private alarmOnMissedStart(): CloudwatchMetricAlarm {
    const { name } = this.props.dataset;
    return this.create('not-started', {
      what: `A run of ${name} was due and never started`,
      meaning: 'What was delivered since has not been taken in. It stays where it is',
      section: 'a-run-never-started',
      ...this.any('RunsNotStarted'),
    });
  }

  /** AWS calls a run of a workflow COMPLETED whatever became of its jobs, and sends no event for it. */
  private alarmOnIncompleteRun(): CloudwatchMetricAlarm {
    const { name } = this.props.dataset;
    return this.create('incomplete', {
      what: `A run of workflow ${this.props.naming.workflow(name)} has ended with actions that did not succeed`,
      meaning: `Consumers of ${name} go on seeing what was published last`,
      section: 'a-workflow-is-incomplete',
      ...this.any('FailedActions'),
    });
  }

  private alarmOnFreshness(latencyHours: number): CloudwatchMetricAlarm {
    const { name } = this.props.dataset;
    return this.create('stale', {
      what: `Nothing new of ${name} has been published for more than the ${round(latencyHours)} hours that its contract promises`,
      meaning: 'Consumers see data that is older than they were promised',
      section: 'data-is-late',
      metric: 'FreshnessSeconds',
      periodSeconds: FRESHNESS_PERIOD_SECONDS,
      comparison: 'above',
      threshold: latencyHours * SECONDS_PER_HOUR,
      pages: false,
      // Data of which nobody knows how old it is cannot be said to be fresh.
      silence: 'breaching',
    });
  }

  private alarmOnQuality(): CloudwatchMetricAlarm {
    const { name } = this.props.dataset;
    return this.create('quality', {
      what: `A batch of ${name} broke a quality rule of severity error`,
      meaning: 'It is not published, and consumers do not see its rows; later batches pass it by',
      section: 'a-quality-rule-failed',
      ...this.any('RulesFailed'),
    });
  }

  private alarmOnQuarantine(): CloudwatchMetricAlarm {
    const { dataset, quarantinePercent } = this.props;
    return this.create('quarantine', {
      what: `More than ${quarantinePercent} % of the rows of a batch of ${dataset.name} were rejected`,
      meaning: 'The others are published; consumers miss those in quarantine',
      section: 'too-many-rows-are-rejected',
      ...this.any('QuarantinedPercent'),
      comparison: 'above',
      threshold: quarantinePercent,
    });
  }

  /** Of data sets whose contract gives a volume: there is no plan for the others. */
  private alarmOnCost(): void {
    const { name, plannedDpuHours } = this.props.dataset;
    if (plannedDpuHours === null) return;
    const threshold = round(OVER_PLAN * plannedDpuHours);
    this.create('dpu-hours', {
      what: `Jobs of ${name} have used more than ${threshold} DPU-hours on this day, ${OVER_PLAN} times as many as planned`,
      meaning: 'The data is right; it costs more than it should',
      section: 'more-dpu-hours-than-planned',
      metric: 'DpuHoursToday',
      // So that each further run of the day does not tell of it again.
      periodSeconds: DAY_SECONDS,
      comparison: 'above',
      threshold,
      pages: true,
    });
  }

  /** What is wrong if any was counted. */
  private any(metric: MetricName) {
    return { metric, periodSeconds: INCIDENT_SECONDS, comparison: 'atLeast', threshold: 1, pages: false } as const;
  }

  private create(suffix: string, { metric, ...options }: Options): CloudwatchMetricAlarm {
    const { naming, dataset, metricNamespace } = this.props;
    return createAlarm(this, suffix, this.props, {
      ...options,
      name: `${naming.workflow(dataset.name)}-${suffix}`,
      of: ownSeries(metricNamespace, metric, 'Dataset', dataset.name),
      tags: { Dataset: dataset.name },
    });
  }

  private createComposite(reasons: readonly CloudwatchMetricAlarm[]): void {
    const { naming, dataset, runbook, topicArn, latestReport, silent } = this.props;
    new CloudwatchCompositeAlarm(this, 'data', {
      alarmName: naming.workflow(dataset.name),
      alarmDescription: runbook.describe({
        what: `The data of ${dataset.name} is not right`,
        meaning: 'The alarm that is named as the reason says what consumers see',
        section: 'this-data-is-not-right',
        details: `Latest report: aws s3 cp ${latestReport} -`,
      }),
      alarmRule: reasons.map(({ alarmNameInput }) => `ALARM("${alarmNameInput}")`).join(' OR '),
      alarmActions: [topicArn],
      actionsSuppressor: {
        alarm: silent.alarmNameInput!,
        waitPeriod: SUPPRESSOR_WAIT_SECONDS,
        extensionPeriod: SUPPRESSOR_EXTENSION_SECONDS,
      },
      tags: { Dataset: dataset.name },
      dependsOn: [...reasons, silent],
    });
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
