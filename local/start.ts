import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { Command } from 'commander';
import { loadDataSets } from '../modules/contract';
import { DataSet } from '../modules/contract/data-set';
import { Naming } from '../modules/naming';
import { failures, renderRunPage, RunSummary } from '../monitoring-lambda/page';
import { Account, clientConfig, runningAccount, startAccount } from './account';
import { deploy } from './deploy';
import { printFailures, printRun } from './print';
import { putSecrets } from './secrets';
import { uploadSource } from './sources';
import type { QueryResult } from './glue/queries';
import { runSql } from './sql-engine';
import { runWorkflows } from './workflow-runs';

const root = path.resolve(__dirname, '..');
const output = path.join(root, 'build', 'local');
const REGION = 'us-east-1';

const program = new Command('npm start --')
  .description(
    'Deploys environment `local` to an emulated AWS account on this machine and runs every data set through it.',
  )
  .option('--datasets <folder>', 'folder of contracts', 'datasets')
  .option(
    '--secrets <file>',
    'users and passwords of databases: JSON, { "<secret>": { "username": …, "password": … } }',
  )
  .option('--keep', 'leave the account up afterwards; `npm run stop` ends it', false);

const started = Date.now();
const elapsedSeconds = () => Math.round((Date.now() - started) / 1000);

function say(text: string): void {
  const seconds = elapsedSeconds();
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  console.log(`${clock.padStart(6)}  ${text}`);
}

interface Options {
  datasets: string;
  secrets?: string;
  keep: boolean;
}

async function main(options: Options, signal: AbortSignal): Promise<boolean> {
  const folder = path.resolve(options.datasets);
  const naming = new Naming('local');
  const datasets = loadDataSets(folder, 'local', naming);
  if (datasets.length === 0) throw new Error(`${folder}: no contract there has a server for environment 'local'`);

  if (await runningAccount()) say('Ending the account that an earlier run has left up');
  const account = await startAccount({ fresh: true, region: REGION });
  try {
    say(`An AWS account answers at ${account.endpoint}, IAM enforced, TLS only`);
    await deployWithProgress(account, folder, signal);
    if (options.secrets !== undefined) putSecrets(account, options.secrets);
    const summary = await runDataSets(account, naming, datasets, folder, signal);
    return await report(account, folder, summary, options.keep);
  } finally {
    if (!options.keep || signal.aborted) await account.stop();
  }
}

async function deployWithProgress(account: Account, datasets: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  say('Deploying: ./scripts/deploy.sh --environment local --region us-east-1 --action apply');
  let [resources, told] = [0, 0];
  const tell = (made: number) => {
    resources = made;
    if (made - told >= 50) say(`  ${(told = made)} resources made`);
  };
  await deploy(account, datasets, path.join(output, 'logs', 'deploy.log'), tell, signal);
  say(`Deployed ${resources} resources`);
}

async function runDataSets(
  account: Account,
  naming: Naming,
  datasets: DataSet[],
  folder: string,
  signal: AbortSignal,
): Promise<RunSummary> {
  const config = clientConfig(account);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  for (const dataset of datasets) {
    signal.throwIfAborted();
    const uploaded = await uploadSource(s3, dataset, folder);
    if (uploaded) say(`${dataset.name}: ${(uploaded.bytes / 1e6).toFixed(1)} MB to ${uploaded.location}`);
  }
  const width = Math.max(...datasets.map(({ name }) => name.length));
  const results = await runWorkflows(
    new GlueClient(clientConfig(account, 'glue')),
    new DynamoDBClient(config),
    naming,
    datasets,
    (dataset, stage, run) => {
      const seconds = run.CompletedOn ? `${run.ExecutionTime} s` : '';
      say(`${dataset.padEnd(width)} ${stage.padEnd(9)} ${String(run.JobRunState).padEnd(10)} ${seconds}`.trimEnd());
    },
    signal,
  );
  return {
    environment: 'local',
    startedAt: new Date(started).toISOString(),
    seconds: elapsedSeconds(),
    datasets: results,
  };
}

/** Shows and writes what came out; true if all of it is right. */
async function report(account: Account, folder: string, summary: RunSummary, keep: boolean): Promise<boolean> {
  const { environment, seconds, datasets } = summary;
  mkdirSync(output, { recursive: true });
  writeFileSync(path.join(output, 'run.json'), `${JSON.stringify({ environment, seconds, datasets }, null, 2)}\n`);
  const failed = failures(datasets);
  printFailures(failed);
  const query = failed.length === 0 ? await exampleQuery(account, folder) : undefined;
  const page = path.join(output, 'report.html');
  writeFileSync(page, renderRunPage({ ...summary, query }));
  printRun(summary, query);
  console.log(`\nReport      ${path.relative(process.cwd(), page)}`);
  console.log(`Query       npm run sql -- "SELECT * FROM ${Object.keys(datasets)[0]} LIMIT 5"`);
  console.log(
    keep ? 'AWS CLI     source build/local/env.sh\nStop        npm run stop' : 'Keep it up  npm start -- --keep',
  );
  return failed.length === 0;
}

/** A folder of contracts may hold example.sql: a query over its curated tables that shows them at work. */
async function exampleQuery(account: Account, folder: string): Promise<(QueryResult & { sql: string }) | undefined> {
  const file = path.join(folder, 'example.sql');
  if (!existsSync(file)) return undefined;
  const sql = readFileSync(file, 'utf8').trim();
  say('Querying the curated tables');
  return { sql, ...(await runSql(account, sql)) };
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());

main(program.parse().opts(), interrupted.signal)
  .then((succeeded) => {
    process.exitCode = succeeded ? 0 : 1;
  })
  .catch((error: Error) => {
    console.error(interrupted.signal.aborted ? 'Interrupted' : error.message);
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
  });
