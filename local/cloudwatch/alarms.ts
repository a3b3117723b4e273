import {
  CloudWatchClient,
  GetMetricDataCommand,
  MetricDataQuery,
  MetricDataResult,
  PutMetricAlarmInput,
  SetAlarmStateCommand,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import { evaluate, Point, queriesOf, windowSeconds } from './evaluation';

/** Of one call of GetMetricData. */
const MOST_QUERIES = 500;

/**
 * Looks after the alarms that were put, as CloudWatch does, and tells the emulator of their states: it does what they have
 * to do then, and judges composite alarms. The emulator's own evaluation takes the values of all series of a name for
 * those of any, looks at no period twice, and knows no expressions and no missing values.
 */
export class Alarms {
  private readonly states = new Map<string, StateValue>();

  constructor(private readonly cloudwatch: CloudWatchClient) {}

  /** Evaluates all of them once. */
  async evaluate(alarms: readonly PutMetricAlarmInput[]): Promise<void> {
    const now = Date.now() / 1000;
    const points = await this.pointsOf(alarms, now);
    for (const alarm of alarms) {
      const series = Object.fromEntries(queriesOf(alarm).map((query) => [query.Id!, points.get(keyOf(query)) ?? []]));
      const { state, reason } = evaluate(alarm, series, now);
      if (this.states.get(alarm.AlarmName!) === state) continue;
      const command = new SetAlarmStateCommand({ AlarmName: alarm.AlarmName, StateValue: state, StateReason: reason });
      await this.cloudwatch.send(command);
      this.states.set(alarm.AlarmName!, state);
    }
  }

  /** To be called when an alarm was put or deleted: the emulator may have it in another state. */
  forget(name: string): void {
    this.states.delete(name);
  }

  /** The values of every series that is looked at, second by second. */
  private async pointsOf(alarms: readonly PutMetricAlarmInput[], now: number): Promise<Map<string, Point[]>> {
    const queries = new Map(alarms.flatMap(queriesOf).map((query) => [keyOf(query), query]));
    const seconds = Math.max(0, ...alarms.map(windowSeconds));
    const keys = [...queries.keys()];
    const points = new Map<string, Point[]>();
    for (let start = 0; start < keys.length; start += MOST_QUERIES) {
      const some = keys.slice(start, start + MOST_QUERIES);
      const command = new GetMetricDataCommand({
        StartTime: new Date((now - seconds) * 1000),
        EndTime: new Date((now + 1) * 1000),
        MetricDataQueries: some.map((key, index) => perSecond(queries.get(key)!, index)),
      });
      const { MetricDataResults = [] } = await this.cloudwatch.send(command);
      for (const result of MetricDataResults) points.set(some[Number(result.Id!.slice(1))]!, toPoints(result));
    }
    return points;
  }
}

/** Tells series apart, and statistics of one. */
function keyOf({ MetricStat }: MetricDataQuery): string {
  return JSON.stringify([MetricStat!.Metric, MetricStat!.Stat]);
}

function perSecond({ MetricStat }: MetricDataQuery, index: number): MetricDataQuery {
  return { Id: `q${index}`, MetricStat: { ...MetricStat!, Period: 1 } };
}

function toPoints({ Timestamps = [], Values = [] }: MetricDataResult): Point[] {
  return Timestamps.map((timestamp, index) => ({ at: timestamp.getTime() / 1000, value: Values[index]! }));
}
