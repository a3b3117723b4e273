import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  CreateDatabaseCommand,
  CreateJobCommand,
  CreateWorkflowCommand,
  DeleteJobCommand,
  EntityNotFoundException,
  GetDatabaseCommand,
  GetJobCommand,
  GetJobRunsCommand,
  GetTagsCommand,
  GetWorkflowCommand,
  GlueClient,
  StartJobRunCommand,
  UpdateJobCommand,
} from '@aws-sdk/client-glue';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { Account, clientConfig, runningAccount, startAccount } from '../../local/account';
import { paths } from '../../local/paths';
import { isRunning } from '../../local/processes';
import { putSecrets } from '../../local/secrets';

const directory = mkdtempSync(path.join(os.tmpdir(), 'account-'));
const ARN = 'arn:aws:glue:us-east-1:000000000000';
const JOB = { Role: 'mine', Command: { Name: 'glueetl', ScriptLocation: 's3://scripts/job.py' }, GlueVersion: '5.1' };
let account: Account;
let glue: GlueClient;

beforeAll(async () => {
  account = await startAccount({ fresh: true, region: 'us-east-1', directory });
  glue = new GlueClient(clientConfig(account, 'glue'));
});

afterAll(async () => {
  const { processes } = account;
  await account.stop();
  expect(processes.filter(isRunning)).toEqual([]);
  expect(await runningAccount(directory)).toBeUndefined();
  rmSync(directory, { recursive: true });
});

/** Credentials of a new role that may do what the statements say. */
async function roleWith(name: string, ...statements: { Action: string; Resource: string }[]) {
  const iam = new IAMClient(clientConfig(account));
  const trust = { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const policy = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: policy([trust]) }));
  const PolicyDocument = policy(statements.map((statement) => ({ Effect: 'Allow', ...statement })));
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'rights', PolicyDocument }));
  const sts = new STSClient(clientConfig(account));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: 'test' }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

test('definitions come back as they were put', async () => {
  const definition = {
    ...JOB,
    ...{
      DefaultArguments: { '--a': 'b' },
      ExecutionProperty: { MaxConcurrentRuns: 3 },
      ExecutionClass: 'FLEX' as const,
    },
    ...{ NotificationProperty: { NotifyDelayAfter: 5 }, MaxRetries: 2, Timeout: 7 },
  };
  await glue.send(new CreateJobCommand({ Name: 'whole', ...definition, Tags: { owner: 'me' } }));
  const { Job } = await glue.send(new GetJobCommand({ JobName: 'whole' }));
  expect(Job).toMatchObject(definition);
  expect(Job!.CreatedOn).toBeInstanceOf(Date);
  const { Tags } = await glue.send(new GetTagsCommand({ ResourceArn: `${ARN}:job/whole` }));
  expect(Tags).toEqual({ owner: 'me' });
  await glue.send(new UpdateJobCommand({ JobName: 'whole', JobUpdate: JOB }));
  const updated = await glue.send(new GetJobCommand({ JobName: 'whole' }));
  expect(updated.Job).toMatchObject({ ...JOB, MaxRetries: 0, CreatedOn: Job!.CreatedOn });
  expect(updated.Job).not.toHaveProperty('DefaultArguments');
  await expect(glue.send(new CreateJobCommand({ Name: 'whole', ...JOB }))).rejects.toThrow('Job whole already exists.');
  await glue.send(new DeleteJobCommand({ JobName: 'whole' }));
  await expect(glue.send(new GetJobCommand({ JobName: 'whole' }))).rejects.toThrow(EntityNotFoundException);
});

test('the catalog is the emulator’s', async () => {
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }));
  const emulator = new GlueClient(clientConfig(account));
  expect(await emulator.send(new GetDatabaseCommand({ Name: 'lake' }))).toMatchObject({ Database: { Name: 'lake' } });
  await glue.send(new CreateJobCommand({ Name: 'held', ...JOB }));
  await expect(emulator.send(new GetJobCommand({ JobName: 'held' }))).rejects.toThrow(EntityNotFoundException);
});

test('a role may do what its policy says and nothing else', async () => {
  const credentials = await roleWith(
    'reader',
    { Action: 'glue:GetJob', Resource: `${ARN}:job/mine` },
    { Action: 'glue:GetWorkflow', Resource: `${ARN}:workflow/mine` },
  );
  for (const name of ['mine', 'theirs']) {
    await glue.send(new CreateJobCommand({ Name: name, ...JOB }));
    await glue.send(new CreateWorkflowCommand({ Name: name }));
  }
  const reader = new GlueClient({ ...clientConfig(account, 'glue'), credentials });
  expect(await reader.send(new GetJobCommand({ JobName: 'mine' }))).toMatchObject({ Job: { Name: 'mine' } });
  expect(await reader.send(new GetWorkflowCommand({ Name: 'mine' }))).toMatchObject({ Workflow: { Name: 'mine' } });
  for (const command of [new GetJobCommand({ JobName: 'theirs' }), new GetWorkflowCommand({ Name: 'theirs' })]) {
    await expect(reader.send(command as GetJobCommand)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(/assumed-role\/reader\/test is not authorized to perform: glue:Get(Job|Workflow)/),
    });
  }
  await expect(reader.send(new StartJobRunCommand({ JobName: 'mine' }))).rejects.toThrow('glue:StartJobRun');
  const { JobRuns } = await glue.send(new GetJobRunsCommand({ JobName: 'mine' }));
  expect(JobRuns).toEqual([]);
});

test('a wrong signature is refused', async () => {
  const credentials = {
    ...(await roleWith('stranger', { Action: 'glue:*', Resource: '*' })),
    secretAccessKey: 'wrong',
  };
  const stranger = new GlueClient({ ...clientConfig(account, 'glue'), credentials });
  await expect(stranger.send(new GetJobRunsCommand({ JobName: 'x' }))).rejects.toThrow('signature');
});

test('a bucket that insists on TLS refuses plain HTTP', async () => {
  const root = new S3Client({ ...clientConfig(account), forcePathStyle: true });
  const [Bucket, Key] = ['secure', 'a'];
  await root.send(new CreateBucketCommand({ Bucket }));
  await root.send(new PutObjectCommand({ Bucket, Key, Body: 'text' }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}/*` },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const credentials = await roleWith('client', { Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` });
  const config = { ...clientConfig(account), credentials, forcePathStyle: true };
  const get = (client: S3Client) => client.send(new GetObjectCommand({ Bucket, Key }));
  expect(await (await get(new S3Client(config))).Body!.transformToString()).toBe('text');
  const plain = new S3Client({ ...config, endpoint: account.plainEndpoint, requestHandler: {} });
  await expect(get(plain)).rejects.toThrow('explicit deny');
});

test('secrets of a file are in Secrets Manager', () => {
  const file = path.join(directory, 'secrets.json');
  writeFileSync(file, JSON.stringify({ 'shop/reader': { username: 'reader', password: 'pass word' } }));
  expect(() => putSecrets(account, file)).toThrow(`Secret shop/reader of ${file}: `);
  const env = { ...process.env, ...account.environment };
  const secretsmanager = (...command: string[]) =>
    execFileSync(path.join(paths.venv, 'aws'), ['secretsmanager', ...command], { env, encoding: 'utf8' });
  secretsmanager('create-secret', '--name', 'shop/reader');
  putSecrets(account, file);
  const get = ['get-secret-value', '--secret-id', 'shop/reader', '--query', 'SecretString', '--output', 'text'];
  expect(JSON.parse(secretsmanager(...get))).toEqual({ username: 'reader', password: 'pass word' });
  writeFileSync(file, 'shop/reader');
  expect(() => putSecrets(account, file)).toThrow(`${file}: must be JSON, an object of secrets by name`);
});

test('a restart keeps what there was', async () => {
  await glue.send(new CreateJobCommand({ Name: 'kept', ...JOB }));
  account = await startAccount({ fresh: false, region: 'us-east-1', directory });
  glue = new GlueClient(clientConfig(account, 'glue'));
  expect(await glue.send(new GetJobCommand({ JobName: 'kept' }))).toMatchObject({ Job: { Name: 'kept' } });
  expect(await glue.send(new GetDatabaseCommand({ Name: 'lake' }))).toMatchObject({ Database: { Name: 'lake' } });
  expect(await runningAccount(directory)).toMatchObject({ endpoint: account.endpoint });
  const shell = readFileSync(path.join(directory, 'env.sh'), 'utf8');
  expect(shell).toContain(`export AWS_ENDPOINT_URL_GLUE='${account.glueEndpoint}'`);
});
