import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SECTIONS } from '../../modules/monitoring/runbook';
import { documented } from './metric-catalogue';
import { everyEnvironment, resources, type Block, type Synthesized } from './synth';

/** One series that an alarm or a graph looks at. */
interface Looked {
  readonly at: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, string>;
  readonly statistic: string;
  readonly unit: string | undefined;
}

const runbook = readFileSync(resolve(__dirname, '../../docs/runbook.md'), 'utf8');
/** What GitHub makes of headings. */
const anchors = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
  heading!
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);

const metricAlarms = (stack: Synthesized) => resources(stack, 'aws_cloudwatch_metric_alarm');
const compositeAlarms = (stack: Synthesized) => resources(stack, 'aws_cloudwatch_composite_alarm');

/** The series that an alarm looks at, whichever way it names them. */
function seriesOf(alarm: Block): Looked[] {
  const queries = ((alarm.metric_query ?? []) as Block[]).flatMap(({ metric }) => (metric ? [metric as Block] : []));
  const metrics = alarm.metric_name ? [alarm] : queries;
  return metrics.map((metric) => ({
    at: alarm.address,
    ...{ namespace: metric.namespace, name: metric.metric_name, dimensions: metric.dimensions ?? {} },
    ...{ statistic: metric.statistic ?? metric.stat, unit: metric.unit },
  }));
}

/** The series that dashboards draw. */
function drawn(stack: Synthesized): Looked[] {
  return resources(stack, 'aws_cloudwatch_dashboard').flatMap(({ address, dashboard_body: body }) =>
    (JSON.parse(body).widgets as Block[])
      .flatMap(({ properties }) => (properties.metrics ?? []) as unknown[][])
      .filter((metric) => metric.length > 1)
      .map((metric) => {
        const [namespace, name, ...rest] = metric.slice(0, -1) as string[];
        const pairs = rest.flatMap((text, index) => (index % 2 === 0 ? [[text, rest[index + 1]!]] : []));
        const { stat: statistic } = metric.at(-1) as { stat: string };
        return {
          at: address,
          ...{ namespace: namespace!, name: name!, statistic, unit: undefined },
          dimensions: Object.fromEntries(pairs) as Record<string, string>,
        };
      }),
  );
}

describe.each(everyEnvironment)('what is looked at in %s', (environment, stack) => {
  const alarms = metricAlarms(stack);

  test.each([
    ['alarms', alarms.flatMap(seriesOf)],
    ['dashboards', drawn(stack)],
  ])('by %s is what somebody documents that they emit', (_, all) => {
    expect(all.length).toBeGreaterThan(100);
    for (const { at, namespace, name, dimensions, statistic, unit } of all) {
      const metric = documented(environment, namespace, name, Object.keys(dimensions));
      const known = metric && { ...metric, at };
      expect(known).toBeDefined();
      const named = Object.entries(dimensions).map(([dimension, value]) => [
        dimension,
        metric!.dimensions[dimension] === '*' ? '*' : value,
      ]);
      expect({ at, name, dimensions: Object.fromEntries(named) }).toEqual({ at, name, dimensions: metric!.dimensions });
      expect(metric!.statistics).toContain(statistic);
      // A unit filters: should whoever emits it give another, there would be no values. None is asked for.
      expect(unit).toBeUndefined();
    }
  });

  test('can be as much as the threshold, and need not be', () => {
    for (const alarm of alarms) {
      if (alarm.metric_query) continue;
      const [{ namespace, name, dimensions }] = seriesOf(alarm) as [Looked];
      const [least, most] = documented(environment, namespace, name, Object.keys(dimensions))!.range;
      expect(alarm.threshold).toBeGreaterThanOrEqual(least);
      expect(alarm.threshold).toBeLessThanOrEqual(most);
    }
  });

  test('by an expression is out of series that the expression names, with a threshold of its scale', () => {
    const expressions = alarms.filter(({ metric_query: queries }) => queries);
    for (const { address, metric_query: queries, threshold } of expressions) {
      const [result, ...others] = (queries as Block[]).filter(({ return_data: isResult }) => isResult);
      expect(others).toEqual([]);
      const ids = (queries as Block[]).flatMap(({ id, metric }) => (metric ? [id as string] : []));
      expect(new Set(result!.expression.match(/\b[a-z]+\b/g))).toEqual(new Set(ids));
      if (/plumbing|skew/.test(address)) expect(threshold).toBe(1);
      else
        expect(threshold).toBe(/memory/.test(address) ? stack.environment.monitoring.memoryAlarmPercent / 100 : 0.85);
    }
    expect(new Set(expressions.map(({ metric_query: queries }) => queries.at(-1).expression))).toEqual(
      new Set([
        'MAX([driver, executors])',
        'used / (used + available)',
        'IF(worked > 600000, skewness, 0)',
        'calls - errors',
      ]),
    );
  });

  test('means by its silence that all is well, but where silence is what is wrong', () => {
    for (const alarm of alarms) {
      const mustSpeak = seriesOf(alarm).some(({ name }) => ['FreshnessSeconds', 'Invocations'].includes(name));
      expect([alarm.address, alarm.treat_missing_data]).toEqual([
        alarm.address,
        mustSpeak ? 'breaching' : 'notBreaching',
      ]);
    }
  });

  test('is looked at for as long as CloudWatch can, and the watched ones for longer than their interval', () => {
    for (const alarm of alarms) {
      const periods = alarm.metric_name
        ? [alarm.period]
        : alarm.metric_query.flatMap((q: Block) => q.metric?.period ?? []);
      for (const period of periods) {
        expect(period % 60).toBe(0);
        expect(period * alarm.evaluation_periods).toBeLessThanOrEqual(86_400);
        if (alarm.treat_missing_data === 'breaching') expect(period).toBeGreaterThanOrEqual(2 * 15 * 60);
      }
    }
  });
});

describe.each(everyEnvironment)('one incident of %s is one page', (name, stack) => {
  const datasets = stack.resource['aws_glue_workflow']!;
  const composites = compositeAlarms(stack);
  const alarms = new Map(metricAlarms(stack).map((alarm) => [alarm.alarm_name as string, alarm]));
  const members = (composite: Block) =>
    [...(composite.alarm_rule as string).matchAll(/ALARM\("([^"]+)"\)/g)].map(([, member]) => member!);

  test('there is one alarm per data set that its data is not right', () => {
    expect(composites.map(({ alarm_name: alarm }) => alarm).sort()).toEqual(
      Object.values(datasets)
        .map((workflow) => workflow.name as string)
        .sort(),
    );
    for (const composite of composites) {
      expect(composite.alarm_rule).toMatch(/^ALARM\("[^"]+"\)( OR ALARM\("[^"]+"\))*$/);
      // CloudWatch takes 100 of them, in 10,240 characters.
      expect(members(composite).length).toBe(composite.alarm_rule.split(' OR ').length);
    }
  });

  test('it is made after the alarms that it names', () => {
    for (const composite of composites) {
      const named = [...members(composite), composite.actions_suppressor.alarm as string];
      expect([...composite.depends_on].sort()).toEqual(named.map((member) => alarms.get(member)!.address).sort());
    }
  });

  test('it is raised by all that can be wrong with data, of that data set alone', () => {
    for (const composite of composites) {
      const dataset = (composite.alarm_name as string).slice(`glue-etl-pipeline-${name}-`.length);
      const reasons = members(composite).map((member) => alarms.get(member)!);
      const promised = stack.datasets.find((each) => each.name === dataset)!.serviceLevel.latencyHours !== null;
      expect(new Set(reasons.map(({ metric_name: metric }) => metric))).toEqual(
        new Set([
          ...['JobRunsFailed', 'RunsNotStarted', 'FailedActions', 'RulesFailed', 'QuarantinedPercent'],
          ...(promised ? ['FreshnessSeconds'] : []),
        ]),
      );
      expect(reasons.filter(({ metric_name: metric }) => metric === 'JobRunsFailed')).toHaveLength(4);
      for (const { tags } of reasons) expect(tags.Dataset).toBe(dataset);
    }
  });

  test('what is one of its reasons tells nobody by itself, and every other alarm does', () => {
    const reasons = new Set(composites.flatMap(members));
    for (const alarm of [...alarms.values(), ...composites]) {
      const silent = reasons.has(alarm.alarm_name);
      expect([alarm.address, alarm.alarm_actions]).toEqual([
        alarm.address,
        silent ? undefined : [expect.stringContaining('aws_sns_topic.monitoring_alerts')],
      ]);
    }
  });

  test('reasons last until the next watch has found what else comes of them', () => {
    for (const member of composites.flatMap(members)) {
      const { metric_name: metric, period } = alarms.get(member)!;
      if (metric !== 'FreshnessSeconds') expect(period).toBe(3600);
    }
  });

  test('they keep still while monitoring itself is silent, which tells by itself', () => {
    const silent = alarms.get(`glue-etl-pipeline-${name}-monitoring-silent`)!;
    for (const { actions_suppressor: suppressor } of composites) expect(suppressor.alarm).toBe(silent.alarm_name);
    expect(silent.alarm_actions).toHaveLength(1);
  });
});

describe.each(everyEnvironment)('every alarm of %s', (_, stack) => {
  const all = [...metricAlarms(stack), ...compositeAlarms(stack)];
  const descriptions = all.map(({ alarm_description: text }) => text as string);

  test('says what happened, what it means, and where the runbook says what to do', () => {
    for (const description of descriptions) {
      expect(description).toMatch(/^[^\n]+\. [^\n]+\.\n(Latest report: [^\n]+\n)?Runbook: docs\/runbook\.md#[\w-]+$/);
      // References are shorter than what they stand for by less than this.
      expect(description.length).toBeLessThan(1024 - 100);
    }
  });

  test('of a data set has the command that shows its latest report', () => {
    for (const { alarm_description: description, tags } of compositeAlarms(stack)) {
      const { name } = stack.environment;
      expect(description).toContain(
        `aws s3 cp s3://glue-etl-pipeline-${name}-logs/reports/latest/${tags.Dataset}.txt -\n`,
      );
    }
  });

  test('has a name of its own', () => {
    const names = all.map(({ alarm_name: alarm }) => alarm);
    expect(new Set(names).size).toBe(names.length);
  });
});

test('every section that alarms link is in the runbook, and every one of them is linked by an alarm', () => {
  for (const section of SECTIONS) expect(anchors).toContain(section);
  const linked = everyEnvironment.flatMap(([, stack]) => [
    ...[...metricAlarms(stack), ...compositeAlarms(stack)].map(({ alarm_description: text }) => text as string),
    ...resources(stack, 'aws_cloudwatch_event_target').map(
      ({ input_transformer: input }) => (input?.input_template ?? '') as string,
    ),
  ]);
  const used = linked.flatMap((text) => /#([\w-]+)/.exec(text)?.[1] ?? []);
  expect(new Set(used)).toEqual(new Set(SECTIONS));
});
