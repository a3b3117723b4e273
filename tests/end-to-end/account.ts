import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Account, clientConfig, runningAccount } from '../../local/account';
import { paths } from '../../local/paths';
import { Naming } from '../../modules/naming';

/** What the tests of all files share: one account, into which `npm start` has deployed before the first of them. */
const state = path.join(paths.root, 'build', 'end-to-end');

/** The contracts that are deployed there, and what they read. */
export const datasets = path.join(state, 'datasets');

/** The file that keeps what `npm start` printed, and how it ended. */
export const startFile = path.join(state, 'start.json');

/** What IAM has decided of the roles until `npm start` ended. */
export const decisionsOfStart = path.join(state, 'permissions.jsonl');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What came of the `npm start` that made the account. */
export const started = (): Ended => JSON.parse(readFileSync(startFile, 'utf8')) as Ended;

/**
 * The account that all files share.
 *
 * @throws Error with the output of `npm start` if it has left none
 */
export async function sharedAccount(): Promise<Account> {
  const account = await runningAccount();
  if (!account) throw new Error(`npm start has left no account up:\n${started().stdout}${started().stderr}`);
  return account;
}

export function npm(...args: string[]): Ended {
  return spawnSync('npm', args, { cwd: paths.root, encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** Rows that a query over the tables of the account gives. */
export function query(sql: string): Record<string, unknown>[] {
  return JSON.parse(npm('run', '--silent', 'sql', '--', '--json', sql).stdout) as Record<string, unknown>[];
}

/** Runs a command line in a shell that has sourced the account's environment file, as an operator would. */
export function shell(command: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `source build/local/env.sh && ${command}`], {
    cwd: paths.root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, output: stdout + stderr };
}

/** Result of a command that must succeed. */
export function succeed(command: string): string {
  const { status, output } = shell(command);
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${output}`);
  return output;
}

/** The same command line with the credentials of a role, over plain HTTP where PLAIN names an endpoint. */
export const asRole = (role: string, command: string) => `
  arn=$(aws iam get-role --role-name ${role} --query Role.Arn --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(aws sts assume-role --role-arn "$arn" \\
    --role-session-name test --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  AWS_ENDPOINT_URL=\${PLAIN:-$AWS_ENDPOINT_URL} ${command}`;

/** Starts a job as an operator would, and waits until it has ended. */
export function runJob(name: string): { Id: string; JobRunState: string; ErrorMessage?: string } {
  return JSON.parse(
    succeed(`
      run=$(aws glue start-job-run --job-name ${name} --query JobRunId --output text)
      get() { aws glue get-job-run --job-name ${name} --run-id "$run" --query "JobRun.$1" --output "$2"; }
      while [[ "$(get JobRunState text)" =~ ^(STARTING|RUNNING)$ ]]; do sleep 1; done
      get '{Id: Id, JobRunState: JobRunState, ErrorMessage: ErrorMessage}' json`),
  );
}

/** The journal of a job's runs, as the operations guide reads it. */
export function journal(job: string): string {
  return succeed(
    `aws logs get-log-events --log-group-name "/aws-glue/glue-etl-pipeline-local" --log-stream-name "${job}"`,
  );
}

/** Has the monitoring function look after all data sets, as EventBridge does every quarter of an hour. */
export async function watch(account: Account): Promise<void> {
  const lambda = new LambdaClient(clientConfig(account));
  const event = { task: 'watch', time: new Date().toISOString() };
  const FunctionName = new Naming('local').monitoringFunction;
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  );
  lambda.destroy();
  if (FunctionError) throw new Error(Payload!.transformToString());
}
