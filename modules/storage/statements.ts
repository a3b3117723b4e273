import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';

type Statements = DataAwsIamPolicyDocumentStatement[];

/**
 * Reads and lists the objects whose keys start with one of the prefixes. A `HEAD` of a key that does not exist gets 403,
 * unless the prefix is empty and with it the whole bucket meant.
 */
export function readObjects(bucketArn: string, prefixes: readonly string[], keyArn: string): Statements {
  return [
    { actions: ['s3:GetObject'], resources: objects(bucketArn, prefixes) },
    { actions: ['s3:ListBucket'], resources: [bucketArn], ...onlyUnder(prefixes) },
    { actions: ['kms:Decrypt'], resources: [keyArn] },
  ];
}

function onlyUnder(prefixes: readonly string[]): Pick<DataAwsIamPolicyDocumentStatement, 'condition'> {
  if (prefixes.includes('')) return {};
  return { condition: [{ test: 'StringLike', variable: 's3:prefix', values: prefixes.map((prefix) => `${prefix}*`) }] };
}

/** Writes, in one part or many, the objects whose keys start with one of the prefixes. */
export function writeObjects(bucketArn: string, prefixes: readonly string[], keyArn: string): Statements {
  return [
    { actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: objects(bucketArn, prefixes) },
    // The parts of an upload are decrypted when it completes.
    { actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [keyArn] },
  ];
}

export function readItems(tableArn: string, keyArn: string): Statements {
  return [
    { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [tableArn] },
    { actions: ['kms:Decrypt'], resources: [keyArn] },
  ];
}

/** Puts, updates and deletes items, in transactions or not. */
export function writeItems(tableArn: string, keyArn: string): Statements {
  const actions = ['PutItem', 'UpdateItem', 'DeleteItem'].map((action) => `dynamodb:${action}`);
  return [
    { actions, resources: [tableArn] },
    { actions: ['kms:Decrypt'], resources: [keyArn] },
  ];
}

function objects(bucketArn: string, prefixes: readonly string[]): string[] {
  return prefixes.map((prefix) => `${bucketArn}/${prefix}*`);
}
