import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IAMClient, GetRolePolicyCommand, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Account, clientConfig } from '../../local/account';
import { permissionsLog } from '../../local/emulator';
import { asRole, decisionsOfStart, runJob, sharedAccount, shell } from './account';
import { covers, Decision, decisionsIn, grantsOfRoles, Unexercised } from './grants';

let account: Account;
let iam: IAMClient;
/** What the roles were allowed and refused: while `npm start` ran, while a job failed, and by the clock. */
let decisions: Decision[];

beforeAll(async () => {
  account = await sharedAccount();
  iam = new IAMClient(clientConfig(account));
});

afterAll(() => iam.destroy());

test('a role that lacks a permission fails its job, which names the action, and somebody is told', async () => {
  const RoleName = 'glue-etl-pipeline-local-ingest';
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const PolicyName = PolicyNames![0]!;
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  const policy = decodeURIComponent(PolicyDocument!);
  const put = (document: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
  const log = permissionsLog(account.directory);
  const before = decisionsIn(log).length;
  const since = () => decisionsIn(log).slice(before);
  await put(policy.replaceAll('"sqs:ReceiveMessage"', '"sqs:GetQueueUrl"'));
  try {
    const run = runJob('glue-etl-pipeline-local-ingest-airlines');
    expect(run.JobRunState).toBe('FAILED');
    expect(run.ErrorMessage).toMatch(/AccessDenied.*sqs:ReceiveMessage/i);
    for (let waited = 0; waited < 30 && !since().some(isReport); waited++) await sleep(1000);
    expect(since().filter(isReport)).not.toHaveLength(0);
  } finally {
    await put(policy);
  }
  await byTheClock();
  decisions = [...decisionsIn(decisionsOfStart), ...since().filter(({ action }) => action !== 'sqs:ReceiveMessage')];
});

/** Has the monitoring function do what it does every few minutes, and every day. */
async function byTheClock(): Promise<void> {
  const lambda = new LambdaClient(clientConfig(account));
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  for (const task of ['watch', 'daily-summary']) {
    const Payload = JSON.stringify({ task, time });
    const { FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName: 'glue-etl-pipeline-local-monitoring', Payload }),
    );
    expect([task, FunctionError]).toEqual([task, undefined]);
  }
  lambda.destroy();
}

function isReport({ role, action }: Decision): boolean {
  return role === 'monitoring' && action === 'sns:Publish';
}

test('the roles are refused nothing that the product does', async () => {
  const grants = await grantsOfRoles(iam);
  const allowed = decisions.filter((decision) => decision.allowed);
  const refused = decisions
    .filter((decision) => !decision.allowed)
    // What identity allows, a resource's own policy need not allow, too.
    .filter((decision) => !grants.some((grant) => covers(grant, decision)))
    // The emulator mistakes what a call of Glue is about, and is asked again.
    .filter(({ role, action }) => !allowed.some((again) => again.role === role && again.action === action));
  expect(refused).toEqual([]);
});

test('every grant of every role is used, or there is a reason for it', async () => {
  const reasons = JSON.parse(readFileSync(path.join(__dirname, 'unexercised-grants.json'), 'utf8')) as Unexercised[];
  const grants = await grantsOfRoles(iam);
  const allowed = decisions.filter((decision) => decision.allowed);
  const used = grants.filter((grant) => allowed.some((decision) => covers(grant, decision)));
  const unused = grants.filter((grant) => !used.includes(grant));
  const unexplained = unused.filter((grant) => !reasons.some((reason) => covers(reason, grant)));
  process.stdout.write(
    `least privilege: ${new Set(grants.map(({ role }) => role)).size} roles, ${grants.length} grants, ` +
      `${used.length} used, ${unused.length} with a reason why not\n`,
  );
  expect(unexplained).toEqual([]);
  const stale = reasons.filter((reason) => !unused.some((grant) => covers(reason, grant)));
  expect(stale).toEqual([]);
  const mistaken = reasons.filter((reason) => used.some((grant) => covers(reason, grant)));
  expect(mistaken).toEqual([]);
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
