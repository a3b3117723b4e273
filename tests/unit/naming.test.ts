import { Naming, STAGES, ZONES } from '../../modules/naming';

describe('Naming', () => {
  const naming = new Naming('dev');

  test('builds the names that the operations guide states', () => {
    expect({
      raw: naming.bucket('raw'),
      jobState: naming.jobStateTable,
      jobBookmarks: naming.jobBookmarksTable,
      dashboard: naming.dashboard,
      alerts: naming.alertsTopic,
      monitoring: naming.monitoringFunction,
      logGroup: naming.glueLogGroup,
    }).toEqual({
      raw: 'glue-etl-pipeline-dev-raw',
      jobState: 'glue-etl-pipeline-dev-job-state',
      jobBookmarks: 'glue-etl-pipeline-dev-job-bookmarks',
      dashboard: 'glue-etl-pipeline-dev-glue-dashboard',
      alerts: 'glue-etl-pipeline-dev-alerts',
      monitoring: 'glue-etl-pipeline-dev-monitoring',
      logGroup: '/aws-glue/glue-etl-pipeline-dev',
    });
  });

  test('names a job after its stage and data set', () => {
    expect(STAGES.map((stage) => naming.job(stage, 'flights'))).toEqual([
      'glue-etl-pipeline-dev-ingest-flights',
      'glue-etl-pipeline-dev-process-flights',
      'glue-etl-pipeline-dev-validate-flights',
      'glue-etl-pipeline-dev-curate-flights',
    ]);
  });

  test('names databases so that SQL needs no quotes', () => {
    for (const zone of ZONES) expect(naming.database(zone)).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  test('leaves room for the longest environment in the 63 characters of a bucket', () => {
    const longest = new Naming('a'.repeat(16));
    expect(longest.stateBucket.length).toBeLessThanOrEqual(63);
    expect(longest.bucket('processed').length).toBeLessThanOrEqual(63);
    expect(longest.second.stateBucket.length).toBeLessThanOrEqual(63);
  });

  test('gives a second Region names of its own but for tables, which have one name in both', () => {
    const second = new Naming('dev-dr');
    expect([naming.second.prefix, second.prefix, second.first?.prefix]).toEqual([
      'glue-etl-pipeline-dev-dr',
      'glue-etl-pipeline-dev-dr',
      'glue-etl-pipeline-dev',
    ]);
    expect([second.bucket('curated'), second.database('curated'), second.alias('data')]).toEqual([
      'glue-etl-pipeline-dev-dr-curated',
      'glue_etl_pipeline_dev_dr_curated',
      'alias/glue-etl-pipeline-dev-dr-data',
    ]);
    expect([second.jobStateTable, second.jobBookmarksTable]).toEqual([naming.jobStateTable, naming.jobBookmarksTable]);
    expect(naming.first).toBeUndefined();
  });

  test('cuts names of roles, rules and queues to what AWS allows, and keeps them apart', () => {
    const longest = new Naming('a'.repeat(16));
    const of = (last: string) => `source-${'x'.repeat(63)}${last}`;
    expect([naming.rule('source-flights'), naming.queue('source-flights')]).toEqual([
      'glue-etl-pipeline-dev-source-flights',
      'glue-etl-pipeline-dev-source-flights',
    ]);
    const { length: roleLength } = longest.role(of('y'));
    expect([roleLength, longest.rule(of('y')).length, longest.queue(of('y')).length]).toEqual([64, 64, 80]);
    expect(longest.role(of('y'))).not.toBe(longest.role(of('z')));
    expect(longest.rule(of('y'))).not.toBe(longest.rule(of('z')));
    expect(longest.queue(of('y'))).toMatch(/^glue-etl-pipeline-a{16}-source-/);
  });
});
