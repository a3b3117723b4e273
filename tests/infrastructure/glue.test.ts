import { loadEnvironment } from '../../environments';
import { runsPerDay } from '../../modules/glue/schedule';
import { sizeOf } from '../../modules/glue/sizing';
import { STAGES, type Stage } from '../../modules/naming';
import { everyEnvironment, resources, statements, synthesize, type Block, type Synthesized } from './synth';

const FORBIDDEN_ARGUMENTS = ['--JOB_NAME', '--JOB_RUN_ID', '--debug', '--mode', '--endpoint'];
const OWN_ARGUMENTS = [
  ...['--environment', '--dataset', '--definition', '--raw_bucket', '--processed_bucket', '--processed_database'],
  ...['--curated_database', '--job_state_table', '--job_bookmarks_table', '--log_group', '--metric_namespace'],
];

function jobs(stack: Synthesized): (Block & { stage: Stage; dataset: string })[] {
  return resources(stack, 'aws_glue_job').map((job) => {
    const [stage, dataset] = job.name.slice(`${stack.naming.prefix}-`.length).split('-');
    return { ...job, stage, dataset, name: job.name };
  });
}

function keysUnder(stack: Synthesized, folder: string): string[] {
  return resources(stack, 'aws_s3_object')
    .map(({ key }) => key as string)
    .filter((key) => key.startsWith(`${folder}/`));
}

describe.each(everyEnvironment)('Glue in %s', (name, stack) => {
  const { naming, environment, datasets } = stack;
  const fromFiles = datasets.filter(({ source }) => source.type === 's3');

  test('has four jobs per data set, named as the guide says', () => {
    const names = datasets.flatMap(({ name: dataset }) =>
      STAGES.map((stage) => `glue-etl-pipeline-${name}-${stage}-${dataset}`),
    );
    expect(
      jobs(stack)
        .map((job) => job.name)
        .sort(),
    ).toEqual(names.sort());
  });

  test.each(OWN_ARGUMENTS)('gives every job %s', (argument) => {
    for (const job of jobs(stack)) expect(job.default_arguments[argument]).toMatch(/./);
  });

  test("gives every job Glue's own arguments, and none that Glue sets itself", () => {
    for (const { default_arguments: given, dataset } of jobs(stack)) {
      expect(given).toMatchObject({
        '--dataset': dataset,
        '--job-bookmark-option': 'job-bookmark-disable',
        '--datalake-formats': 'iceberg',
        '--enable-metrics': 'true',
        '--enable-observability-metrics': 'true',
        '--enable-spark-ui': 'true',
        '--enable-auto-scaling': 'true',
        '--spark-event-logs-path': expect.stringMatching(/\/spark-events\/$/),
        '--TempDir': expect.stringMatching(new RegExp(`/${dataset}/$`)),
        '--extra-py-files': expect.stringMatching(/^s3:\/\/.*\.key}$/),
      });
      for (const argument of FORBIDDEN_ARGUMENTS) expect(given).not.toHaveProperty(argument);
    }
  });

  test('calls AWS by way of the VPC alone where a job is in it', () => {
    for (const { connections = [], default_arguments: given } of jobs(stack)) {
      expect(given['--disable-proxy-v2']).toBe(connections.length > 0 ? 'true' : undefined);
    }
  });

  test('logs where its version of Glue lets it', () => {
    const groups = resources(stack, 'aws_cloudwatch_log_group').map((group) => group.name);
    const suffix = '-${aws_glue_security_configuration.security_glue_';
    const [argument, outputs] =
      environment.glue.version === '4.0'
        ? ['--continuous-log-logGroup', [suffix]]
        : ['--custom-logGroup-prefix', [`/error${suffix}`, `/output${suffix}`]];
    for (const job of jobs(stack)) expect(job.default_arguments[argument]).toBe(naming.glueLogGroup);
    for (const output of outputs) {
      expect(groups).toContainEqual(expect.stringContaining(`${naming.glueLogGroup}${output}`));
    }
    expect(groups).toContain(naming.glueLogGroup);
    expect(groups).toContainEqual(
      expect.stringMatching(/^\/aws-glue\/crawlers-role\/\$\{aws_iam_role\.security_crawler-role_.*glue_security_conf/),
    );
  });

  test('keeps every log group for a stated time, encrypted', () => {
    for (const group of resources(stack, 'aws_cloudwatch_log_group')) {
      expect(group).toMatchObject({
        retention_in_days: expect.any(Number),
        kms_key_id: expect.stringContaining('arn'),
      });
    }
  });

  test('chains its Spark settings', () => {
    for (const job of jobs(stack)) {
      const settings = (job.default_arguments['--conf'] as string).split(' --conf ');
      expect(settings).toHaveLength(5);
      for (const setting of settings) expect(setting).toMatch(/^spark\.[\w.-]+=[\w.$:/{}-]+$/);
    }
  });

  test('runs every job once at a time, with its role, and with workers and limits of its size', () => {
    for (const job of jobs(stack)) {
      const size = sizeOf(
        job.stage,
        datasets.find((dataset) => dataset.name === job.dataset)!,
        environment.glue,
      );
      expect(job).toMatchObject({
        role_arn: expect.stringContaining(`security_${job.stage}-role`),
        command: { name: 'glueetl', python_version: '3', script_location: expect.stringMatching(/^s3:\/\/.*\.key}$/) },
        glue_version: environment.glue.version,
        worker_type: size.workerType,
        number_of_workers: size.numberOfWorkers,
        timeout: size.timeoutMinutes,
        execution_class: size.executionClass,
        max_retries: size.maxRetries,
        execution_property: { max_concurrent_runs: 1 },
        notification_property: { notify_delay_after: size.lateAfterMinutes },
        security_configuration: expect.stringContaining('aws_glue_security_configuration'),
        tags: { Dataset: job.dataset },
      });
      expect(job.connections ?? []).toHaveLength(environment.glue.vpc ? environment.network.availabilityZones : 0);
    }
  });

  test('starts each stage on the success of the one before', () => {
    const triggers = resources(stack, 'aws_glue_trigger');
    for (const { name: dataset, source, serviceLevel } of datasets) {
      const [start, ...following] = STAGES.map((stage) =>
        triggers.find((trigger) => trigger.name === naming.trigger(stage, dataset)),
      );
      const schedule = expect.stringMatching(/^cron\(/);
      const scheduled = { type: 'SCHEDULED', schedule, start_on_creation: !environment.standby };
      const byHand = { type: 'ON_DEMAND', enabled: false };
      const byEvents = {
        type: 'EVENT',
        enabled: false,
        event_batching_condition: [{ batch_size: 'inputs' in source && source.inputs.length, batch_window: 900 }],
      };
      const bySource = environment.glue.schedules && serviceLevel.schedule !== null ? scheduled : byHand;
      expect(start).toMatchObject('inputs' in source ? byEvents : bySource);
      following.forEach((trigger, index) => {
        expect(trigger).toMatchObject({ type: 'CONDITIONAL', start_on_creation: true });
        expect(trigger!.predicate.conditions).toEqual([
          {
            job_name: expect.stringContaining(`_${STAGES[index]}-job_`),
            logical_operator: 'EQUALS',
            state: 'SUCCEEDED',
          },
        ]);
      });
    }
  });

  test('has a database per zone, and a crawler for the files of every data set that changes no table', () => {
    const databases = resources(stack, 'aws_glue_catalog_database');
    expect(databases.map((database) => database.name)).toEqual(
      ['curated', 'processed', 'raw'].map((zone) => `glue_etl_pipeline_${name.replace('-', '_')}_${zone}`),
    );
    for (const { description } of databases) expect(description).toMatch(/\w/);
    const crawlers = resources(stack, 'aws_glue_crawler');
    expect(crawlers.map((crawler) => crawler.name)).toEqual(
      fromFiles.map((dataset) => naming.resource(`raw-${dataset.name}`)),
    );
    for (const crawler of crawlers) {
      expect(crawler).toMatchObject({
        role: expect.stringContaining('security_crawler-role'),
        database_name: expect.stringContaining('glue_raw-database'),
        s3_target: [{ path: expect.stringMatching(new RegExp(`/data/${crawler.tags.Dataset}/$`)) }],
        schema_change_policy: { update_behavior: 'LOG', delete_behavior: 'LOG' },
        recrawl_policy: { recrawl_behavior: 'CRAWL_NEW_FOLDERS_ONLY' },
        security_configuration: expect.stringContaining('aws_glue_security_configuration'),
      });
      const { serviceLevel } = datasets.find((dataset) => dataset.name === crawler.tags.Dataset)!;
      if (environment.glue.schedules && serviceLevel.schedule !== null)
        expect(runsPerDay(crawler.schedule)).toBeLessThanOrEqual(1);
      else expect(crawler).not.toHaveProperty('schedule');
    }
  });

  test('tells every job, and no other environment, of the role that has tables optimized', () => {
    const role = resources(stack, 'aws_iam_role').find((each) => each.name === naming.role('table-optimizer'));
    expect(role === undefined).toBe(!environment.glue.tableOptimizers);
    for (const { default_arguments: given } of jobs(stack)) {
      expect(given['--table_optimizer_role']).toBe(role && `\${${role.address}.arn}`);
    }
  });

  test('lets the jobs that make tables, and no other, have them optimized', () => {
    const optimizing = /TableOptimizer|PassRole/;
    const allowed = statements(stack).filter(({ actions }) =>
      actions.some((action: string) => optimizing.test(action)),
    );
    const documents = new Set(allowed.map(({ document }) => document.split('_')[1]));
    const makers = environment.glue.tableOptimizers ? ['curate-permissions', 'process-permissions'] : [];
    expect([...documents].sort()).toEqual(makers);
    for (const { actions, resources: named, condition } of allowed) {
      if (!actions.includes('iam:PassRole')) continue;
      expect(named).toEqual([expect.stringMatching(/aws_iam_role\.glue_table-optimizer_role_\w+\.arn/)]);
      expect(condition).toEqual([
        { test: 'StringEquals', variable: 'iam:PassedToService', values: ['glue.amazonaws.com'] },
      ]);
    }
  });

  test('lets interactive sessions, where there are any, change nothing but their own folder', () => {
    const role = resources(stack, 'aws_iam_role').find((each) => each.name === naming.role('interactive'));
    expect(role !== undefined).toBe(environment.glue.interactiveSessions);
    const changes = statements(stack)
      .filter(({ document }) => document.startsWith('glue_interactive_permissions'))
      .flatMap(({ actions, resources: named }) => actions.map((action: string) => [action, named]))
      .filter(([action]) => !/:(Get|List|Describe)|^(kms|logs|ec2):/.test(action));
    expect(changes.map(([action]) => action)).toEqual(role ? ['s3:PutObject', 's3:DeleteObject'] : []);
    for (const [, named] of changes) expect(named).toEqual([expect.stringMatching(/temp-bucket.*\/sessions\/\*$/)]);
  });

  test("has every data set's rules as a rule set of its processed table", () => {
    const rulesets = resources(stack, 'aws_glue_data_quality_ruleset');
    const ruled = datasets.filter(({ rules }) => rules.length > 0);
    expect(rulesets.map((ruleset) => ruleset.name)).toEqual(ruled.map((dataset) => naming.resource(dataset.name)));
    for (const { ruleset, target_table, tags } of rulesets) {
      expect(ruleset).toMatch(/^Rules = \[\n {2}.+(,\n {2}.+)*\n\]$/);
      expect(target_table).toEqual({
        database_name: expect.stringContaining('aws_glue_catalog_database.glue_processed-database'),
        table_name: tags.Dataset,
      });
    }
  });

  test('puts code and definitions under the hash of their contents', () => {
    expect(keysUnder(stack, 'scripts')).toEqual(
      [...STAGES].sort().map((stage) => expect.stringMatching(new RegExp(`^scripts/${stage}-[0-9a-f]{32}\\.py$`))),
    );
    const wheel = (python: string) =>
      expect.stringMatching(new RegExp(`^packages/[0-9a-f]{32}/duckdb-.*-${python}-.*\\.whl$`));
    expect(keysUnder(stack, 'packages')).toEqual([
      expect.stringMatching(/^packages\/glue_etl-[0-9a-f]{32}\.zip$/),
      wheel('cp310'),
      wheel('cp311'),
    ]);
    expect(keysUnder(stack, 'contracts')).toEqual(
      datasets.map((dataset) => expect.stringMatching(new RegExp(`^contracts/${dataset.name}-[0-9a-f]{32}\\.json$`))),
    );
  });

  test('keeps the policy of every role below the size that IAM allows', () => {
    for (const id of [...STAGES, 'crawler']) {
      const policy = stack.data['aws_iam_policy_document']![`glue_${id}-permissions_${idSuffix(stack, id)}`]!;
      // Terraform writes names that are longer than what stands for them here, but for arns.
      expect(JSON.stringify(policy).length).toBeLessThan(10_240);
    }
  });

  test('allows no action by wildcard, and every resource only where AWS knows no other form', () => {
    const allowed = statements(stack).filter(
      ({ document, effect }) => document.startsWith('glue_') && effect === 'Allow',
    );
    expect(allowed.flatMap(({ actions }) => actions).filter((action: string) => action.includes('*'))).toEqual([]);
    const everywhere = allowed.filter(({ resources: named }) => named?.includes('*')).flatMap(({ actions }) => actions);
    expect(everywhere.filter((action: string) => !/^(ec2:Describe|cloudwatch:PutMetricData$)/.test(action))).toEqual(
      [],
    );
  });
});

function idSuffix(stack: Synthesized, id: string): string {
  const document = Object.keys(stack.data['aws_iam_policy_document']!).find((key) =>
    key.startsWith(`glue_${id}-permissions_`),
  );
  return document!.split('_').at(-1)!;
}

test.each(everyEnvironment)('process in %s has DuckDB for the Python of its Glue', (_, stack) => {
  const python = stack.environment.glue.version === '4.0' ? 'cp310' : 'cp311';
  const wheels = resources(stack, 'aws_s3_object').filter(({ key }) => key.endsWith('.whl'));
  for (const { stage, default_arguments } of jobs(stack)) {
    const found = wheels.filter(({ address }) => default_arguments['--additional-python-modules']?.includes(address));
    expect([stage, found.map(({ key }) => key)]).toEqual([
      stage,
      stage === 'process' ? [expect.stringContaining(`-${python}-`)] : [],
    ]);
  }
});

test('code has the same keys in every environment', () => {
  const keys = everyEnvironment.map(([, stack]) => [...keysUnder(stack, 'scripts'), ...keysUnder(stack, 'packages')]);
  for (const others of keys) expect(others).toEqual(keys[0]);
});

describe('what a role may do', () => {
  const stack = synthesize(loadEnvironment('prod'));
  const actionsOn = (stage: string, resource: string) =>
    statements(stack)
      .filter(({ document }) => document.startsWith(`glue_${stage}-permissions`))
      .filter(({ resources: named }) => named.some((arn: string) => arn.includes(resource)))
      .flatMap(({ actions }) => actions);

  test.each([
    ['ingest', 'storage_raw-bucket', ['s3:PutObject']],
    ['process', 'storage_processed-bucket', ['s3:PutObject']],
    ['curate', 'storage_curated-bucket', ['s3:PutObject']],
    ['process', 'database/glue_etl_pipeline_prod_processed', ['glue:CreateTable', 'glue:UpdateTable']],
    ['curate', 'database/glue_etl_pipeline_prod_curated', ['glue:CreateTable', 'glue:UpdateTable']],
  ])('%s writes to %s', (stage, resource, actions) => {
    expect(actionsOn(stage, resource)).toEqual(expect.arrayContaining(actions));
  });

  test.each([
    ['ingest', 'storage_processed-bucket'],
    ['process', 'storage_source-bucket'],
    ['validate', 'storage_raw-bucket'],
    ['validate', 'storage_curated-bucket'],
    ['curate', 'storage_raw-bucket'],
    ['curate', 'storage_source-bucket'],
  ])('%s does nothing to %s', (stage, resource) => {
    expect(actionsOn(stage, resource)).toEqual([]);
  });

  test.each([
    ['process', 'storage_raw-bucket'],
    ['ingest', 'storage_source-bucket'],
    ['ingest', 'storage_curated-bucket'],
    ['ingest', 'database/glue_etl_pipeline_prod_curated'],
    ['process', 'storage_curated-bucket'],
    ['process', 'database/glue_etl_pipeline_prod_curated'],
    ['curate', 'storage_processed-bucket'],
    ['validate', 'database/glue_etl_pipeline_prod_processed'],
  ])('%s changes nothing in %s', (stage, resource) => {
    const changes = actionsOn(stage, resource).filter((action: string) => !/:(Get|List)/.test(action));
    expect(changes).toEqual([]);
  });

  test('jobs outside of the VPC have no connection, and make no network interface', () => {
    const environment = loadEnvironment('prod');
    const outside = synthesize({ ...environment, glue: { ...environment.glue, vpc: false } });
    expect(resources(outside, 'aws_glue_connection')).toEqual([]);
    const actions = statements(outside).flatMap((statement) => statement.actions);
    expect(actions.filter((action: string) => /^ec2:|GetConnection/.test(action))).toEqual([]);
  });
});
