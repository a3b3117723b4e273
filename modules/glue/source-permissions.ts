import { arn } from '../arn';
import type { DataSet, DatabaseSource, S3Source } from '../contract/data-set';
import { isFromDatabase, isFromForeignBucket } from '../contract/sources';
import type { Naming } from '../naming';
import { readObjects } from '../storage/statements';
import type { PermissionProps, Statement } from './permissions';

/**
 * Whether the ingest job of a data set has a role of its own: it reads what is not this environment's. Names of such
 * sources have nothing in common, and a role for all of them could read each, and would outgrow what IAM allows.
 */
export function hasOwnIngestRole(dataset: DataSet, naming: Naming): boolean {
  return isFromDatabase(dataset) || isFromForeignBucket(dataset, naming);
}

/** What ingest does to the landing zone. */
export function landingZoneStatements(props: PermissionProps): Statement[] {
  const bucket = props.storage.buckets.source.arn;
  return [
    ...readObjects(bucket, [''], props.security.keyArns.data),
    { actions: ['s3:GetObjectTagging'], resources: [`${bucket}/*`] },
    ...receiveEvents('source-*', props),
  ];
}

/** What ingest does to the source of a data set that is not this environment's. */
export function ownSourceStatements(dataset: DataSet, props: PermissionProps): Statement[] {
  if (isFromDatabase(dataset)) return readDatabase(dataset.name, dataset.source, props);
  if (isFromForeignBucket(dataset, props.naming)) {
    return [...readFiles(dataset.source, props), ...receiveEvents(`source-${dataset.name}`, props)];
  }
  return [];
}

/** A folder of a bucket that somebody else may own. */
function readFiles({ bucket, prefix }: S3Source, { region, partition }: PermissionProps): Statement[] {
  const bucketArn = `arn:${partition}:s3:::${bucket}`;
  const list = { actions: ['s3:ListBucket'], resources: [bucketArn] };
  return [
    { actions: ['s3:GetObject', 's3:GetObjectTagging'], resources: [`${bucketArn}/${prefix}*`] },
    { ...list, condition: [{ test: 'StringLike', variable: 's3:prefix', values: [`${prefix}*`] }] },
    // For the question after a single key, which names no prefix: who may not list is not told that it is gone.
    { ...list, condition: [{ test: 'Null', variable: 's3:prefix', values: ['true'] }] },
    {
      actions: ['kms:Decrypt'],
      // The key is the owner's, of whichever account: what can be named is what it is used for.
      resources: [`arn:${partition}:kms:${region}:*:key/*`],
      condition: [
        { test: 'StringEquals', variable: 'kms:ViaService', values: [`s3.${region}.amazonaws.com`] },
        { test: 'StringLike', variable: 'kms:EncryptionContext:aws:s3:arn', values: [bucketArn, `${bucketArn}/*`] },
      ],
    },
  ];
}

/** The queues that tell of new objects. */
function receiveEvents(queue: string, props: PermissionProps): Statement[] {
  return [
    {
      // AWS asks for DeleteMessage where several are deleted at once, emulators for the name of the call.
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:DeleteMessageBatch'],
      resources: [arn(props, 'sqs', props.naming.queue(queue))],
    },
    { actions: ['kms:Decrypt'], resources: [props.security.keyArns.messages] },
  ];
}

function readDatabase(dataset: string, { secret }: DatabaseSource, props: PermissionProps): Statement[] {
  const { naming, storage, security } = props;
  const secretArn = security.secrets!.arns[secret]!;
  return [
    {
      actions: ['glue:GetConnection'],
      resources: ['catalog', `connection/${naming.connection(dataset)}`].map((name) => arn(props, 'glue', name)),
    },
    { actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] },
    {
      actions: ['kms:Decrypt'],
      resources: [security.secrets!.keyArn],
      // The key is that of all secrets.
      condition: [{ test: 'StringLike', variable: 'kms:EncryptionContext:SecretARN', values: [secretArn] }],
    },
    // Spark writes these files, and removes what an attempt has left.
    { actions: ['s3:DeleteObject'], resources: [`${storage.buckets.raw.arn}/data/${dataset}/*`] },
  ];
}
