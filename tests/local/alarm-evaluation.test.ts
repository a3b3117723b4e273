import { PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import { evaluate, ONLY, Series } from '../../local/cloudwatch/evaluation';
import { parseQuery } from '../../local/cloudwatch/protocols';

const NOW = 1_000_000;
const ALARM: PutMetricAlarmInput = {
  AlarmName: 'it',
  ...{ Namespace: 'mine', MetricName: 'Errors', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  Threshold: 2,
  TreatMissingData: 'notBreaching',
};

const state = (series: Series, changes: Partial<PutMetricAlarmInput> = {}) =>
  evaluate({ ...ALARM, ...changes }, series, NOW).state;
/** Values of the one series, by how many seconds ago. */
const ago = (values: Record<number, number>): Series => ({
  [ONLY]: Object.entries(values).map(([seconds, value]) => ({ at: NOW - Number(seconds), value })),
});

describe('an alarm', () => {
  test('adds up what came in its period, and nothing before', () => {
    expect(state(ago({ 1: 1, 59: 1 }))).toBe('ALARM');
    expect(state(ago({ 1: 1, 60: 1 }))).toBe('OK');
  });

  test.each([
    ['Maximum', 3, 'ALARM'],
    ['Average', 2, 'ALARM'],
    ['Average', 2.1, 'OK'],
    ['Minimum', 2, 'OK'],
  ] as const)('by %s of 1 and 3, threshold %d, is %s', (Statistic, Threshold, expected) => {
    expect(state(ago({ 1: 1, 2: 3 }), { Statistic, Threshold })).toBe(expected);
  });

  test.each([
    ['notBreaching', 'OK'],
    ['breaching', 'ALARM'],
    ['missing', 'INSUFFICIENT_DATA'],
  ])('without values, where those count as %s, is %s', (TreatMissingData, expected) => {
    expect(state({}, { TreatMissingData })).toBe(expected);
  });

  test('holds for as long as so many of its periods breach', () => {
    const hold = { EvaluationPeriods: 3, DatapointsToAlarm: 1 };
    expect(state(ago({ 170: 2 }), hold)).toBe('ALARM');
    expect(state(ago({ 190: 2 }), hold)).toBe('OK');
    expect(state(ago({ 170: 2 }), { EvaluationPeriods: 3, DatapointsToAlarm: 2 })).toBe('OK');
  });

  test.each([
    ['MAX([a, b])', { a: 1, b: 3 }, 'ALARM'],
    ['MAX([a, b])', { b: 3 }, 'ALARM'],
    ['a / (a + b)', { a: 90, b: 10 }, 'OK'],
    ['a - b', { a: 3, b: 1 }, 'ALARM'],
    ['a - b', { a: 3 }, 'OK'],
    ['IF(a > 10, b, 0)', { a: 11, b: 3 }, 'ALARM'],
    ['IF(a > 10, b, 0)', { a: 10, b: 3 }, 'OK'],
  ])('on %s of %j is %s', (Expression, values, expected) => {
    const series = Object.entries(values).map(([id, value]) => [id, [{ at: NOW - 1, value }]]);
    const queries = ['a', 'b'].map((Id) => ({ Id, MetricStat: { Metric: {}, Stat: 'Sum', Period: 60 } }));
    const Metrics = [...queries, { Id: 'c', Expression, ReturnData: true }];
    expect(state(Object.fromEntries(series), { MetricName: undefined, Metrics })).toBe(expected);
  });

  test('on a function that is not known here is an error, and not a state', () => {
    const Metrics = [
      { Id: 'a', MetricStat: { Metric: {}, Stat: 'Sum', Period: 60 } },
      { Id: 'b', Expression: 'RATE(a)', ReturnData: true },
    ];
    expect(() => state({}, { Metrics })).toThrow('Not evaluated here: RATE(a)');
  });
});

test("a call in Terraform's protocol is read as what it stands for", () => {
  const body =
    'Action=PutMetricAlarm&Version=2010-08-01&AlarmName=it&Threshold=0.85&EvaluationPeriods=6&AlarmActions.member.1=topic&' +
    'Metrics.member.1.Id=a&Metrics.member.1.MetricStat.Metric.Dimensions.member.1.Name=JobName&' +
    'Metrics.member.2.Id=b&Metrics.member.2.ReturnData=true';
  expect(parseQuery(body)).toEqual({
    ...{ Action: 'PutMetricAlarm', Version: '2010-08-01', AlarmName: 'it', Threshold: 0.85, EvaluationPeriods: 6 },
    AlarmActions: ['topic'],
    Metrics: [
      { Id: 'a', MetricStat: { Metric: { Dimensions: [{ Name: 'JobName' }] } } },
      { Id: 'b', ReturnData: true },
    ],
  });
});
