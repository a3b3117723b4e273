import { resolve } from 'node:path';
import { md5, zip } from '../../modules/assets';
import { loadDataSets } from '../../modules/contract';
import { plannedDpuHours } from '../../modules/glue/sizing';
import { bundleFunction } from '../../modules/monitoring/bundle';
import { parseDataSets } from '../../monitoring-lambda/datasets';
import { readEnvironment } from '../../monitoring-lambda/environment';
import { everyEnvironment, resources, statements, type Block, type Synthesized } from './synth';

describe.each(everyEnvironment)('monitoring of %s', (name, stack) => {
  const prefix = `glue-etl-pipeline-${name}`;

  test('has five alarms for every job and six for every data set, less those for what its contract leaves open', () => {
    const names = resources(stack, 'aws_cloudwatch_metric_alarm').map(({ alarm_name: alarm }) => alarm as string);
    const ofJobs = resources(stack, 'aws_glue_job').flatMap((job) =>
      ['failed', 'late', 'memory', 'disk', 'skew'].map((suffix) => `${job.name}-${suffix}`),
    );
    const ofDataSets = stack.datasets.flatMap(({ name: dataset, serviceLevel }) =>
      [
        ...['not-started', 'incomplete', 'quality', 'quarantine'],
        ...(serviceLevel.latencyHours === null ? [] : ['stale']),
        ...(serviceLevel.dailyVolumeGb === null ? [] : ['dpu-hours']),
      ].map((suffix) => `${stack.naming.workflow(dataset)}-${suffix}`),
    );
    const shared = ['undelivered-events', 'monitoring-silent', 'schema-change'].map((suffix) => `${prefix}-${suffix}`);
    // Those on copies are the business of replication.test.ts.
    const ours = names.filter((alarm) => !/-replication-(lag|failed)-/.test(alarm));
    expect(ours.sort()).toEqual([...ofJobs, ...ofDataSets, ...shared].sort());
  });

  test('finds data stale as its contract says, and dear as its volume says', () => {
    const threshold = (suffix: string) =>
      resources(stack, 'aws_cloudwatch_metric_alarm').find(({ alarm_name: alarm }) => alarm === `${prefix}-${suffix}`)!
        .threshold;
    expect(threshold('flights-stale')).toBe(26 * 3600);
    expect(threshold('airlines-stale')).toBe(32 * 24 * 3600);
    // Of 50 GB, each stage a run; three times what they should take.
    expect(threshold('flights-dpu-hours')).toBeCloseTo(
      3 * plannedDpuHours(dataSet(stack, 'flights'), stack.environment.glue)!,
      1,
    );
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

  test('has a dashboard: what is wrong, how all fares, and a heading and two rows for each data set', () => {
    const [dashboard] = resources(stack, 'aws_cloudwatch_dashboard');
    expect(dashboard!.dashboard_name).toBe(`${prefix}-glue-dashboard`);
    const { widgets } = JSON.parse(dashboard!.dashboard_body) as { widgets: Block[] };
    const datasets = resources(stack, 'aws_glue_workflow').map((workflow) =>
      (workflow.name as string).slice(prefix.length + 1),
    );
    expect(widgets.slice(0, 6).map(({ type }) => type)).toEqual(['text', 'alarm', ...Array(4).fill('metric')]);
    expect(widgets[1]!.properties.alarms).toEqual(
      datasets.map((dataset) => expect.stringMatching(new RegExp(`^arn:.*:cloudwatch:.*:alarm:${prefix}-${dataset}$`))),
    );
    const titles = [
      'runs',
      'seconds',
      'heap in use',
      'bytes',
      'rows',
      'age in seconds',
      'quality',
      'DPU-hours and cost',
    ];
    expect(widgets.slice(6).map(({ properties }) => properties.title ?? properties.markdown.split('\n')[0])).toEqual(
      datasets.flatMap((dataset) => [`## ${dataset}`, ...titles.map((title) => `${dataset}: ${title}`)]),
    );
  });

  test('has no two widgets on one another, and none beside the grid', () => {
    const [dashboard] = resources(stack, 'aws_cloudwatch_dashboard');
    const taken = new Set<string>();
    for (const { x, y, width, height } of JSON.parse(dashboard!.dashboard_body).widgets as Block[]) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1)
        for (let row = y; row < y + height; row += 1) {
          expect(taken).not.toContain(`${column} ${row}`);
          taken.add(`${column} ${row}`);
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
    expect(datasets.size * 4).toBe(resources(stack, 'aws_glue_job').length);
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

function dataSet({ naming }: Synthesized, name: string) {
  const datasets = loadDataSets(resolve(__dirname, '../../datasets'), naming.environment, naming);
  return datasets.find((dataset) => dataset.name === name)!;
}
