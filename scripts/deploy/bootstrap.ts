import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type BucketLocationConstraint,
} from '@aws-sdk/client-s3';
import { run } from './command';
import { StateStore } from './state-store';

/**
 * Makes the bucket and the lock table of an environment's state: `bootstrap.ts ENVIRONMENT`. Terraform cannot keep its state
 * in what it has yet to make. Run again, it puts right what has been changed.
 */
run(async () => {
  const store = new StateStore(process.argv[2]!);
  await Promise.all([makeBucket(store), makeTable(store)]);
  const { stateBucket, lockTable } = store.naming;
  console.log(`Bucket ${stateBucket} and table ${lockTable} are ready for the state of ${store.environment.name}`);
});

async function makeBucket({ s3, naming: { stateBucket: Bucket }, environment: { stateRegion } }: StateStore) {
  const constraint = stateRegion as BucketLocationConstraint;
  // In us-east-1, S3 takes no location, and making one's own bucket again is no error.
  const location = stateRegion === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: constraint } };
  await s3.send(new CreateBucketCommand({ Bucket, ...location })).catch(unless('BucketAlreadyOwnedByYou'));
  await Promise.all([
    s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: ALL_BLOCKED })),
    s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })),
    s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' }, BucketKeyEnabled: true }],
        },
      }),
    ),
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: tlsOnly(Bucket) })),
  ]);
}

const ALL_BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

function tlsOnly(bucket: string): string {
  const statement = {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

async function makeTable({ dynamo, naming: { lockTable: TableName } }: StateStore) {
  const table = new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    SSESpecification: { Enabled: true, SSEType: 'KMS' },
    AttributeDefinitions: [{ AttributeName: 'LockID', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'LockID', KeyType: 'HASH' }],
  });
  await dynamo.send(table).catch(unless('ResourceInUseException'));
  await waitUntilTableExists({ client: dynamo, maxWaitTime: 120, minDelay: 1 }, { TableName });
}

/** Lets an error of that name pass. */
function unless(expected: string) {
  return (error: Error) => {
    if (error.name !== expected) throw error;
  };
}
