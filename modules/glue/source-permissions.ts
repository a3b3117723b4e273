import { arn } from '../arn';
import type { DataSet, DatabaseSource, S3Source, Source } from '../contract/data-set';
import { readObjects } from '../storage/statements';
import type { PermissionProps, Statement } from './permissions';

/** What ingest does to the sources of all data sets. */
export function sourceStatements(props: PermissionProps): Statement[] {
  return [...readFiles(props), ...readForeignFiles(props), ...receiveEvents(props), ...readDatabases(props)];
}

/** The landing zone. */
function readFiles({ storage, security }: PermissionProps): Statement[] {
  const bucket = storage.buckets.source.arn;
  return [
    ...readObjects(bucket, [''], security.keyArns.data),
    { actions: ['s3:GetObjectTagging'], resources: [`${bucket}/*`] },
  ];
}

/** Folders of buckets that are not this environment's. */
function readForeignFiles({ naming, datasets, security, partition }: PermissionProps): Statement[] {
  const foreign = datasets
    .map(({ source }) => source)
    .filter(isFiles)
    .filter(({ bucket }) => bucket !== naming.bucket('source'))
    .map(({ bucket, prefix }) => ({ bucketArn: `arn:${partition}:s3:::${bucket}`, prefix }));
  return foreign.flatMap(({ bucketArn, prefix }) => [
    ...readObjects(bucketArn, [prefix], security.keyArns.data),
    { actions: ['s3:GetObjectTagging'], resources: [`${bucketArn}/${prefix}*`] },
    {
      // For the question after a single key, which names no prefix: who may not list is not told that it is gone.
      actions: ['s3:ListBucket'],
      resources: [bucketArn],
      condition: [{ test: 'Null', variable: 's3:prefix', values: ['true'] }],
    },
  ]);
}

/** The queues that tell of new objects. */
function receiveEvents(props: PermissionProps): Statement[] {
  return [
    {
      // AWS asks for DeleteMessage where several are deleted at once, emulators for the name of the call.
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:DeleteMessageBatch'],
      resources: [arn(props, 'sqs', props.naming.queue('source-*'))],
    },
    { actions: ['kms:Decrypt'], resources: [props.security.keyArns.messages] },
  ];
}

function readDatabases(props: PermissionProps): Statement[] {
  const { naming, datasets, storage } = props;
  const fromDatabases = datasets.filter(isFromDatabase);
  if (fromDatabases.length === 0) return [];
  const secrets = new Set(fromDatabases.map(({ source }) => source.secret));
  return [
    {
      actions: ['glue:GetConnection'],
      resources: ['catalog', `connection/${naming.connection('*')}`].map((name) => arn(props, 'glue', name)),
    },
    {
      actions: ['secretsmanager:GetSecretValue'],
      // Secrets Manager adds a hyphen and six characters to the name.
      resources: [...secrets].map((secret) => arn(props, 'secretsmanager', `secret:${secret}-??????`)),
    },
    // Spark writes these files, and removes what an attempt has left.
    {
      actions: ['s3:DeleteObject'],
      resources: fromDatabases.map(({ name }) => `${storage.buckets.raw.arn}/data/${name}/*`),
    },
  ];
}

function isFiles(source: Source): source is S3Source {
  return source.type === 's3';
}

function isFromDatabase(dataset: DataSet): dataset is DataSet & { source: DatabaseSource } {
  return dataset.source.type === 'postgresql' || dataset.source.type === 'mysql';
}
