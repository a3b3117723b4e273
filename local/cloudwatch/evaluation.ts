import { MetricDataQuery, PutMetricAlarmInput, StateValue } from '@aws-sdk/client-cloudwatch';

/** A value of a series; `at` in seconds since the epoch. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Points of the series that an alarm looks at, by the ids of its queries. */
export type Series = Readonly<Record<string, readonly Point[]>>;

export interface Verdict {
  readonly state: StateValue;
  readonly reason: string;
}

/** The id of the one series of an alarm that has no queries. */
export const ONLY = 'only';

const COMPARISONS: Record<string, readonly [words: string, is: (value: number, threshold: number) => boolean]> = {
  GreaterThanOrEqualToThreshold: ['greater than or equal to', (value, threshold) => value >= threshold],
  GreaterThanThreshold: ['greater than', (value, threshold) => value > threshold],
  LessThanThreshold: ['less than', (value, threshold) => value < threshold],
  LessThanOrEqualToThreshold: ['less than or equal to', (value, threshold) => value <= threshold],
};

/** The series that an alarm looks at, each as a query of one. */
export function queriesOf({ Metrics, MetricName, Namespace, Dimensions, Statistic, Period }: PutMetricAlarmInput) {
  const only: MetricDataQuery = {
    Id: ONLY,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Stat: Statistic, Period },
  };
  return (Metrics ?? [only]).filter(({ MetricStat }) => MetricStat);
}

/** How many seconds back an alarm looks. */
export function windowSeconds(alarm: PutMetricAlarmInput): number {
  return periodOf(alarm) * (alarm.EvaluationPeriods ?? 1);
}

/**
 * What CloudWatch makes of an alarm: of its last periods, the latest of which ends now, so many must breach the threshold.
 * What a period without values is worth, the alarm says. Source: Amazon CloudWatch user guide, "Alarm evaluation" and
 * "Configuring how CloudWatch alarms treat missing data".
 */
export function evaluate(alarm: PutMetricAlarmInput, series: Series, now: number): Verdict {
  const { EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods, Threshold = 0 } = alarm;
  const [words, isBreaching] = COMPARISONS[alarm.ComparisonOperator!]!;
  const values = Array.from({ length: EvaluationPeriods }, (_, index) => {
    const end = now - index * periodOf(alarm);
    return valueOf(alarm, series, end - periodOf(alarm), end);
  });
  const missing = { breaching: true, notBreaching: false }[alarm.TreatMissingData ?? ''];
  const judged = values.map((value) => (value === undefined ? missing : isBreaching(value, Threshold)));
  const breaching = values.filter((_, index) => judged[index]);
  const given = breaching.map((value) => value ?? 'no value').join(', ');
  if (breaching.length >= DatapointsToAlarm) {
    return { state: 'ALARM', reason: `Threshold Crossed: [${given}] was ${words} the threshold (${Threshold}).` };
  }
  if (judged.every((each) => each === undefined)) return { state: 'INSUFFICIENT_DATA', reason: 'No values.' };
  return { state: 'OK', reason: `Threshold not Crossed: no value was ${words} the threshold (${Threshold}).` };
}

function periodOf(alarm: PutMetricAlarmInput): number {
  return queriesOf(alarm)[0]!.MetricStat!.Period!;
}

/** What an alarm looks at, in a period; undefined where there are no values. */
function valueOf(alarm: PutMetricAlarmInput, series: Series, begin: number, end: number): number | undefined {
  const values = queriesOf(alarm).map(({ Id, MetricStat }) => {
    const points = (series[Id!] ?? []).filter(({ at }) => at > begin && at <= end);
    return [Id!, aggregate(points, MetricStat!.Stat!)] as const;
  });
  const expression = alarm.Metrics?.find(({ ReturnData, Expression }) => ReturnData && Expression)?.Expression;
  return expression ? compute(expression, Object.fromEntries(values)) : values[0]![1];
}

function aggregate(points: readonly Point[], statistic: string): number | undefined {
  const values = points.map(({ value }) => value);
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  return { Sum: sum, Average: sum / values.length, Maximum: Math.max(...values), Minimum: Math.min(...values) }[
    statistic
  ];
}

/** The arithmetic of metric math, IF, and MAX of a list, which passes over what has no value. */
function compute(expression: string, values: Record<string, number | undefined>): number | undefined {
  const functions = {
    MAX: (list: (number | undefined)[]) => Math.max(...list.filter((value) => value !== undefined)),
    IF: (condition: boolean, value: number | undefined, other: number | undefined) => (condition ? value : other),
  };
  const known = { ...functions, ...values };
  const unknown = expression.match(/[a-zA-Z]\w*/g)?.find((word) => !(word in known));
  if (unknown || /[^\w\s+\-*/().,[\]<>]/.test(expression)) throw new Error(`Not evaluated here: ${expression}`);
  const result = new Function(...Object.keys(known), `return ${expression}`)(...Object.values(known)) as number;
  return Number.isFinite(result) ? result : undefined;
}
