import type { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { Construct } from 'constructs';
import { switchedAlarm, type Site } from '../disaster-recovery/site';
import type { Naming } from '../naming';
import { createAlarm, type AlarmContext } from './alarm';
import { expression, type Series } from './series';

export interface PlumbingAlarmsProps extends AlarmContext {
  readonly naming: Naming;
  readonly site: Site;
  /** Name of the queue for events that could not be delivered or dealt with. */
  readonly undeliveredQueue: string;
}

const PERIOD_SECONDS = 300;
/** The monitoring function looks after all data sets every quarter of an hour: here, two of its calls are missing. */
const SILENCE_SECONDS = 1800;

/** Tells the operator that what carries events, or what watches over it all, does not work. */
export class PlumbingAlarms extends Construct {
  /** The alarm that monitoring stands still. */
  readonly silent: CloudwatchMetricAlarm;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PlumbingAlarmsProps,
  ) {
    super(scope, id);
    this.alarmOnUndelivered();
    this.silent = this.alarmOnSilence();
  }

  private alarmOnUndelivered(): void {
    const { naming, undeliveredQueue } = this.props;
    createAlarm(this, 'undelivered', this.props, {
      name: naming.resource('undelivered-events'),
      what: `Queue ${undeliveredQueue} holds events that could not be delivered or dealt with`,
      meaning: 'An object may not have been taken in, a data product not been computed, or a run not been reported on',
      section: 'events-went-astray',
      of: {
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: undeliveredQueue },
        statistic: 'Maximum',
      },
      periodSeconds: PERIOD_SECONDS,
      comparison: 'above',
      threshold: 0,
      pages: true,
    });
  }

  /** Alarms about data are all raised when nobody measures its age: this one goes first, and they keep still. */
  private alarmOnSilence(): CloudwatchMetricAlarm {
    const { naming, site } = this.props;
    const calls = (metricName: 'Invocations' | 'Errors'): Series => ({
      ...{ namespace: 'AWS/Lambda', metricName, statistic: 'Sum' },
      dimensions: { FunctionName: naming.monitoringFunction },
    });
    return createAlarm(this, 'silent', this.props, {
      name: naming.resource('monitoring-silent'),
      what: `Function ${naming.monitoringFunction} has not run for ${SILENCE_SECONDS / 60} minutes, or fails each time`,
      meaning: 'Nobody is told of data that is late, wrong or missing, nor of jobs that fail, until it runs again',
      section: 'monitoring-is-silent',
      of: expression('calls - errors', 'Calls that succeeded', SILENCE_SECONDS, {
        calls: calls('Invocations'),
        errors: calls('Errors'),
      }),
      periodSeconds: SILENCE_SECONDS,
      comparison: 'below',
      threshold: 1,
      pages: true,
      silence: 'breaching',
      // Where runs start by themselves; elsewhere it is raised, and so keeps the alarms about data still.
      switched: switchedAlarm(site),
    });
  }
}
