import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { paths } from '../../local/paths';
import { RunSummary } from '../../monitoring-lambda/page';
import { datasets, journal, query, runJob, started, succeed } from './account';
import { CARRIERS, FLIGHTS } from './slice';

const readRun = () => JSON.parse(readFileSync(path.join(paths.state, 'run.json'), 'utf8')) as RunSummary;

test('npm start runs every stage of every data set', () => {
  const { status, stdout, stderr } = started();
  expect(status === 0 ? '' : stdout + stderr).toBe('');
  for (const stages of Object.values(readRun().datasets))
    for (const stage of Object.values(stages)) expect(stage).toMatchObject({ state: 'SUCCEEDED', error: null });
});

test('the query that npm start names has rows of what it has run', () => {
  const [, sql] = /^Query +npm run sql -- "(.*)"$/m.exec(started().stdout)!;
  expect(sql).toBe(`SELECT * FROM ${Object.keys(readRun().datasets)[0]} LIMIT 5`);
  expect(query(sql!)).toHaveLength(5);
});

test('every row is accounted for', () => {
  const { flights, airlines } = readRun().datasets;
  expect(flights!.process).toMatchObject(FLIGHTS);
  expect(flights!.curate).toMatchObject({ published: FLIGHTS.good });
  expect(airlines!.curate).toMatchObject({ published: 16 });
});

test('a data product is built when its inputs have published', () => {
  expect(readRun().datasets.carrier_performance!.curate).toMatchObject({ state: 'SUCCEEDED', published: CARRIERS });
});

test('the curated tables join to what DuckDB gets from the files', () => {
  const sql = readFileSync(path.join(datasets, 'example.sql'), 'utf8');
  const oracle = `
import duckdb, json, sys
folder, sql = sys.argv[1:]
read = lambda name, clean: duckdb.sql(f"CREATE TABLE {name} AS FROM read_csv('{folder}/nycflights13/{name}.csv', nullstr='NA', all_varchar=true, null_padding=true) {clean}")
read("airlines", "")
read("flights", "WHERE flight::INT < 9000")
duckdb.sql("CREATE OR REPLACE TABLE flights AS SELECT DISTINCT * REPLACE (arr_delay::INT AS arr_delay) FROM flights")
result = duckdb.sql(sql)
print(json.dumps([dict(zip(result.columns, row)) for row in result.fetchall()]))
`;
  const python = path.join(paths.venv, 'python');
  expect(query(sql)).toEqual(JSON.parse(execFileSync(python, ['-c', oracle, datasets, sql], { encoding: 'utf8' })));
});

test('a row in quarantine has its file, its reason and its text', () => {
  const rows = query('SELECT * FROM glue_etl_pipeline_local_processed.flights_quarantine');
  expect(rows).toHaveLength(FLIGHTS.quarantined);
  for (const row of rows) {
    expect(row.file).toMatch(/flights\.csv$/);
    expect(row.reasons).not.toHaveLength(0);
    expect(row.raw).toBeTruthy();
  }
});

describe("the operations guide's commands", () => {
  const job = 'glue-etl-pipeline-local-process-flights';

  test('logs', () => expect(journal(job)).toContain('quarantined'));

  test('job state', () => {
    const item = succeed(
      `aws dynamodb get-item --table-name "glue-etl-pipeline-local-job-state" --key '{"job_name":{"S":"${job}"}}'`,
    );
    expect(JSON.parse(item).Item.state.S).toBe('SUCCEEDED');
  });

  test('object versions', () => {
    const versions = succeed(
      'aws s3api list-object-versions --bucket "glue-etl-pipeline-local-raw" --prefix "data/flights/"',
    );
    expect(JSON.parse(versions).Versions).toHaveLength(1);
  });
});

test('a workflow run with nothing new succeeds and says so', () => {
  const name = 'glue-etl-pipeline-local-flights';
  const run = succeed(`
    run=$(aws glue start-workflow-run --name ${name} --query RunId --output text)
    get() { aws glue get-workflow-run --name ${name} --run-id "$run" --query "Run.$1" --output json; }
    while [[ "$(get Status)" == *RUNNING* ]]; do sleep 1; done
    get Statistics`);
  expect(JSON.parse(run)).toMatchObject({ SucceededActions: 4, FailedActions: 0 });
  expect(journal('glue-etl-pipeline-local-curate-flights')).toContain('nothing-to-do');
});

test('a batch that breaks a rule is not published, but reported and alarmed', () => {
  succeed(`printf 'carrier,name\\n' | aws s3 cp - s3://glue-etl-pipeline-local-source/airlines/empty.csv`);
  const runs = ['ingest', 'process', 'validate'].map((stage) => runJob(`glue-etl-pipeline-local-${stage}-airlines`));
  expect(runs.map(({ JobRunState }) => JobRunState)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED']);
  expect(runs[2]!.ErrorMessage).toMatch(/RowCount/);
  succeed(`
    for _ in {1..30}; do
      sleep 1
      aws s3api list-objects-v2 --bucket glue-etl-pipeline-local-logs --prefix reports/ | grep -q ${runs[2]!.Id}.html &&
        aws cloudwatch describe-alarms --alarm-names glue-etl-pipeline-local-validate-airlines-failed \\
          --query 'MetricAlarms[].StateValue' | grep -q ALARM && exit 0
    done
    exit 1`);
});
