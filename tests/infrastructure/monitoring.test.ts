import { md5, zip } from '../../modules/assets';
import { bundleFunction } from '../../modules/monitoring/bundle';
import { parseDataSets } from '../../monitoring-lambda/datasets';
import { readEnvironment } from '../../monitoring-lambda/environment';
import { everyEnvironment, resources, statements, type Block } from './synth';

type Metric = Block & { dimensions: Record<string, string> };

/** The metrics that an alarm looks at, whichever way it names them. */
function metricsOf(alarm: Block): Metric[] {
  const queries = (alarm.metric_query ?? []) as Block[];
  return alarm.metric_name ? [alarm as Metric] : queries.flatMap(({ metric }) => (metric ? [metric] : []));
}

describe.each(everyEnvironment)('monitoring of %s', (name, stack) => {
  const prefix = `glue-etl-pipeline-${name}`;
  const jobCount = resources(stack, 'aws_glue_job').length;
  const alarms = resources(stack, 'aws_cloudwatch_metric_alarm');

  test('has three alarms for every job, that tell the topic', () => {
    const names = resources(stack, 'aws_glue_job').flatMap((job) =>
      ['failed', 'late', 'memory'].map((suffix) => `${job.name}-${suffix}`),
    );
    const ours = alarms
      .map((alarm) => unresolved(alarm.alarm_name))
      .filter((alarm) => !/undelivered|schema/.test(alarm));
    expect(ours).toHaveLength(names.length);
    expect(new Set(ours).size).toBe(names.length);
    for (const alarm of alarms) {
      expect(alarm.alarm_actions).toEqual([expect.stringContaining('aws_sns_topic.monitoring_alerts')]);
      expect(alarm.treat_missing_data).toBe('notBreaching');
    }
  });

  test('has an alarm on events that went astray', () => {
    expect(alarms.filter(({ namespace }) => namespace === 'AWS/SQS')).toMatchObject([
      {
        alarm_name: `${prefix}-undelivered-events`,
        metric_name: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: expect.stringContaining('aws_sqs_queue.glue_undelivered') },
        threshold: 0,
      },
    ]);
  });

  test("has all dimensions on every metric of Glue's, with the type that it is emitted under", () => {
    const types: Record<string, string> = {
      'glue.driver.aggregate.elapsedTime': 'count',
      'glue.driver.jvm.heap.usage': 'gauge',
      'glue.ALL.jvm.heap.usage': 'gauge',
    };
    const metrics = alarms.flatMap(metricsOf).filter(({ namespace }) => namespace === 'Glue');
    expect(metrics).toHaveLength(3 * jobCount);
    for (const { metric_name, dimensions } of metrics) {
      expect(dimensions).toEqual({ JobName: expect.stringMatching(/./), JobRunId: 'ALL', Type: types[metric_name] });
    }
  });

  test('alarms on failure by the metric that the function emits', () => {
    const failures = alarms.filter(({ metric_name }) => metric_name === 'JobRunsFailed');
    expect(failures).toHaveLength(jobCount);
    for (const alarm of failures) {
      expect(alarm).toMatchObject({ namespace: prefix, statistic: 'Sum', threshold: 1 });
      expect(Object.keys(alarm.dimensions)).toEqual(['JobName']);
    }
  });

  test('compares milliseconds with milliseconds, and heap with a fraction', () => {
    const { timeoutMinutes } = stack.environment.glue;
    for (const alarm of alarms) {
      if (alarm.metric_name === 'glue.driver.aggregate.elapsedTime') {
        expect(alarm.threshold).toBe(Math.floor(timeoutMinutes / 2) * 60_000);
        // A sum over less time than a late run takes would never be reached.
        expect(alarm.period * 1000).toBeGreaterThan(alarm.threshold);
      }
      if (alarm.metric_query) {
        expect(alarm.threshold).toBe(stack.environment.monitoring.memoryAlarmPercent / 100);
        expect(alarm.metric_query.filter((query: Block) => query.return_data)).toHaveLength(1);
      }
    }
  });

  test('encrypts the topics, subscribes everyone, and lets in alarms and late runs over TLS only', () => {
    const { alertEmails, reportEmails = alertEmails } = stack.environment;
    const topics = resources(stack, 'aws_sns_topic');
    expect(topics.map((topic) => topic.name).sort()).toEqual([`${prefix}-alerts`, `${prefix}-reports`]);
    for (const { kms_master_key_id } of topics) expect(kms_master_key_id).toContain('security_messages-key');
    const subscribers = (topic: string) =>
      resources(stack, 'aws_sns_topic_subscription')
        .filter(({ topic_arn }) => topic_arn.includes(topic))
        .map(({ endpoint }) => endpoint);
    expect(subscribers('monitoring_alerts')).toEqual(alertEmails);
    expect(subscribers('monitoring_reports')).toEqual(reportEmails);
    expect(statements(stack).filter(({ document }) => document.startsWith('monitoring_reports'))).toMatchObject([
      { effect: 'Deny', actions: ['sns:Publish'], condition: [{ variable: 'aws:SecureTransport', values: ['false'] }] },
    ]);
    const policy = statements(stack).filter(({ document }) => document.startsWith('monitoring_alerts_publishers'));
    expect(policy.map(({ effect, principals }) => `${effect} ${principals[0].identifiers[0]}`)).toEqual([
      'Allow cloudwatch.amazonaws.com',
      'Allow events.amazonaws.com',
      'Deny *',
    ]);
  });

  test('has a dashboard with a row per data set', () => {
    const [dashboard] = resources(stack, 'aws_cloudwatch_dashboard');
    expect(dashboard!.dashboard_name).toBe(`${prefix}-glue-dashboard`);
    const { widgets } = JSON.parse(dashboard!.dashboard_body) as { widgets: Block[] };
    expect(widgets).toHaveLength(jobCount);
    for (const { x, width, properties } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      expect(properties.title).toMatch(/^\w+: (runs|seconds|heap in use|bytes)$/);
      for (const [namespace, ...rest] of properties.metrics) {
        const names = rest.slice(1, -1).filter((_: unknown, index: number) => index % 2 === 0);
        expect(names).toEqual(namespace === 'Glue' ? ['JobName', 'JobRunId', 'Type'] : ['JobName']);
      }
    }
  });

  test('calls the function when a job of this environment ends, of no other', () => {
    const patterns = resources(stack, 'aws_cloudwatch_event_rule')
      .filter(({ address, event_pattern }) => event_pattern && /\.monitoring_(alerts|function)_/.test(address))
      .map((rule) => JSON.parse(rule.event_pattern));
    expect(patterns).toHaveLength(2);
    for (const pattern of patterns) {
      expect(pattern).toMatchObject({ source: ['aws.glue'], detail: { jobName: [{ prefix: `${prefix}-` }] } });
    }
    expect(patterns.flatMap((pattern) => pattern['detail-type']).sort()).toEqual([
      'Glue Job Run Status',
      'Glue Job State Change',
    ]);
  });

  test('lets the rules that call the function do so, and keeps what cannot be delivered', () => {
    const rules = ['job-state-change', 'watch', 'daily-summary'];
    const permissions = resources(stack, 'aws_lambda_permission');
    expect(permissions.map(({ statement_id }) => statement_id).sort()).toEqual([...rules].sort());
    for (const { statement_id, principal, source_arn } of permissions) {
      expect(principal).toBe('events.amazonaws.com');
      expect(source_arn).toMatch(new RegExp(`aws_cloudwatch_event_rule.monitoring_function_${statement_id}`));
    }
    const targets = resources(stack, 'aws_cloudwatch_event_target').filter(({ arn }) =>
      /aws_lambda_function/.test(arn),
    );
    expect(targets).toHaveLength(rules.length);
    for (const { dead_letter_config } of targets) expect(dead_letter_config.arn).toMatch(/undelivered/);
  });

  test('asks the function by the clock for a look and a summary, each with its time', () => {
    const targets = resources(stack, 'aws_cloudwatch_event_target').filter(({ input_transformer }) =>
      /"task"/.test(input_transformer?.input_template ?? ''),
    );
    const inputs = targets.map(({ input_transformer: { input_paths, input_template } }) => {
      expect(input_paths).toEqual({ time: '$.time' });
      return JSON.parse(input_template.replace('<time>', '"2013-01-01T06:00:00Z"'));
    });
    expect(inputs).toEqual(
      expect.arrayContaining([
        { task: 'daily-summary', time: '2013-01-01T06:00:00Z' },
        { task: 'watch', time: '2013-01-01T06:00:00Z' },
      ]),
    );
  });

  test('tells the function of every data set', () => {
    const [object] = resources(stack, 'aws_s3_object').filter(({ key }) => key.startsWith('monitoring/datasets-'));
    const datasets = parseDataSets(object!.content);
    expect(datasets.size * 4).toBe(jobCount);
    for (const { lateAfterMinutes } of datasets.values()) {
      expect(Object.values(lateAfterMinutes)).toEqual(Array(4).fill(expect.any(Number)));
    }
  });

  test('gives the function what it reads from its environment', () => {
    const [lambda] = resources(stack, 'aws_lambda_function');
    expect(() => readEnvironment(lambda!.environment.variables)).not.toThrow();
    expect(lambda).toMatchObject({
      function_name: `${prefix}-monitoring`,
      runtime: 'nodejs22.x',
      handler: 'handler.handler',
      source_code_hash: expect.stringContaining('filebase64sha256'),
    });
  });

  test('allows the function no action by wildcard', () => {
    const actions = statements(stack)
      .filter(({ document }) => document.startsWith('monitoring_function'))
      .flatMap((statement) => statement.actions);
    expect(actions.filter((action: string) => action.includes('*'))).toEqual([]);
  });
});

test('the bundle of the function is small', () => {
  const [bundle] = Object.values(bundleFunction());
  expect(bundle!.length).toBeLessThan(1_000_000);
});

test('the bundle of the function is the same each time', () => {
  expect(md5(zip(bundleFunction()))).toBe(md5(zip(bundleFunction())));
});

/** A reference to a job's name, without what Terraform writes around it. */
function unresolved(name: string): string {
  return name.replace(/^\$\{|\.name}/g, '');
}
