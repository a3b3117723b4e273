import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientConfig } from '../../local/account';
import { paths } from '../../local/paths';
import { sharedAccount, succeed } from './account';

const PREFIX = 'glue-etl-pipeline-local-';
/** A bucket of another environment in the same account, and a secret of a data set that none of these roles is for. */
const OTHER_BUCKET = 'glue-etl-pipeline-other-raw';
const SECRET = 'probe/secret';

/** Service, operation and parameters, as the SDK for Python has them. */
type Call = [string, string, object];

/** Where objects are, by what they are for: bucket and key. */
const PLACES: Record<string, [string, string]> = {
  source: [`${PREFIX}source`, 'probe/object'],
  raw: [`${PREFIX}raw`, 'data/probe/object'],
  processed: [`${PREFIX}processed`, 'probe/object'],
  quality: [`${PREFIX}processed`, 'quality/probe'],
  curated: [`${PREFIX}curated`, 'probe/object'],
  contracts: [`${PREFIX}scripts`, 'contracts/probe.json'],
  temp: [`${PREFIX}temp`, 'probe/object'],
  reports: [`${PREFIX}logs`, 'reports/probe'],
  'spark-events': [`${PREFIX}logs`, 'spark-events/probe'],
  other: [OTHER_BUCKET, 'data/probe/object'],
};

function objectCalls([place, [Bucket, Key]]: [string, [string, string]]): [string, Call][] {
  return [
    [`get ${place}`, ['s3', 'get_object', { Bucket, Key }]],
    [`put ${place}`, ['s3', 'put_object', { Bucket, Key, Body: '' }]],
    [`delete ${place}`, ['s3', 'delete_object', { Bucket, Key }]],
  ];
}

const database = (zone: string) => `glue_etl_pipeline_local_${zone}`;
const topic = (name: string) => `arn:aws:sns:us-east-1:ACCOUNT:${PREFIX}${name}`;
const key = { pk: { S: 'probe' }, sk: { S: 'probe' } };

const CALLS: Record<string, Call> = {
  ...Object.fromEntries(Object.entries(PLACES).flatMap(objectCalls)),
  'delete for good': ['s3', 'delete_object', { Bucket: `${PREFIX}raw`, Key: 'data/probe/object', VersionId: 'null' }],
  'open a bucket': ['s3', 'delete_bucket_policy', { Bucket: `${PREFIX}temp` }],
  'read a secret': ['secretsmanager', 'get_secret_value', { SecretId: SECRET }],
  'read a processed table': ['glue', 'get_table', { DatabaseName: database('processed'), Name: 'flights' }],
  'read a curated table': ['glue', 'get_table', { DatabaseName: database('curated'), Name: 'flights' }],
  'drop a processed table': ['glue', 'delete_table', { DatabaseName: database('processed'), Name: 'probe' }],
  'drop a curated table': ['glue', 'delete_table', { DatabaseName: database('curated'), Name: 'probe' }],
  'start a job': ['glue', 'start_job_run', { JobName: `${PREFIX}curate-flights` }],
  'change a job': ['glue', 'delete_job', { JobName: 'probe' }],
  'write to the ledger': ['dynamodb', 'delete_item', { TableName: `${PREFIX}job-bookmarks`, Key: key }],
  'read all of the ledger': ['dynamodb', 'scan', { TableName: `${PREFIX}job-bookmarks` }],
  'delete the ledger': ['dynamodb', 'delete_table', { TableName: `${PREFIX}job-bookmarks` }],
  'raise an alarm': ['sns', 'publish', { TopicArn: topic('alerts'), Message: 'probe' }],
  'send a report': ['sns', 'publish', { TopicArn: topic('reports'), Message: 'probe' }],
  'become another role': [
    'sts',
    'assume_role',
    { RoleArn: `arn:aws:iam::ACCOUNT:role/${PREFIX}curate`, RoleSessionName: 'probe' },
  ],
  'change a policy': ['iam', 'delete_role_policy', { RoleName: `${PREFIX}curate`, PolicyName: 'probe' }],
};

const EVERY_JOB = ['get contracts', 'get temp', 'put temp', 'delete temp', 'put spark-events', 'write to the ledger'];

/** All that the roles are not refused. */
const ALLOWED: Record<string, string[]> = {
  ingest: ['get source', 'get raw', 'put raw', 'get curated', 'read a curated table', ...EVERY_JOB],
  process: [
    ...[
      'get raw',
      'get processed',
      'put processed',
      'delete processed',
      'get quality',
      'put quality',
      'delete quality',
    ],
    ...['get curated', 'read a processed table', 'read a curated table', ...EVERY_JOB],
  ],
  validate: ['get processed', 'get quality', 'put quality', 'read a processed table', ...EVERY_JOB],
  curate: [
    ...['get processed', 'get quality', 'get curated', 'put curated', 'delete curated'],
    ...['read a processed table', 'read a curated table', ...EVERY_JOB],
  ],
  crawler: ['get raw'],
  events: [],
  monitoring: ['put reports', 'send a report'],
};

beforeAll(async () => {
  await sharedAccount();
  succeed(`aws s3api create-bucket --bucket ${OTHER_BUCKET}`);
  succeed(`aws secretsmanager create-secret --name ${SECRET} --secret-string '{}'`);
});

afterAll(async () => {
  const s3 = new S3Client({ ...clientConfig(await sharedAccount()), forcePathStyle: true });
  for (const [Bucket, Key] of Object.values(PLACES)) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  s3.destroy();
  succeed(`aws secretsmanager delete-secret --secret-id ${SECRET} --force-delete-without-recovery`);
  succeed(`aws s3api delete-bucket --bucket ${OTHER_BUCKET}`);
});

test('each role is refused all that is not its work', async () => {
  const { environment } = await sharedAccount();
  const roles = Object.keys(ALLOWED).map((role) => `${PREFIX}${role}`);
  const account = succeed('aws sts get-caller-identity --query Account --output text').trim();
  const { stdout, stderr } = spawnSync(path.join(paths.venv, 'python'), [path.join(__dirname, 'probe.py')], {
    input: JSON.stringify({ roles, calls: CALLS }).replaceAll('ACCOUNT', account),
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(stderr);
  const answers = Object.entries(JSON.parse(stdout) as Record<string, string[]>);
  const allowed = answers.map(([role, calls]) => [role.slice(PREFIX.length), calls.sort()]);
  process.stdout.write(`refused: ${answers.length} roles, ${answers.length * Object.keys(CALLS).length} calls\n`);
  expect(Object.fromEntries(allowed)).toEqual(
    Object.fromEntries(Object.entries(ALLOWED).map(([role, calls]) => [role, [...calls].sort()])),
  );
  const names = succeed(`aws iam list-roles --query 'Roles[].RoleName' --output text`).split(/\s+/);
  expect(names.filter((name) => name.startsWith(PREFIX)).sort()).toEqual([...roles].sort());
});
