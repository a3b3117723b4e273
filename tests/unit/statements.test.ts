import { readItems, readObjects, writeItems, writeObjects } from '../../modules/storage/statements';

const BUCKET = 'arn:aws:s3:::lake';
const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/state';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1';

test('reading objects grants prefixes alone, to get and to list', () => {
  const [get, list, decrypt] = readObjects(BUCKET, ['data/flights/', 'manifests/'], KEY);
  expect(get).toEqual({
    actions: ['s3:GetObject'],
    resources: [`${BUCKET}/data/flights/*`, `${BUCKET}/manifests/*`],
  });
  expect(list).toMatchObject({
    resources: [BUCKET],
    condition: [{ variable: 's3:prefix', values: ['data/flights/*', 'manifests/*'] }],
  });
  expect(decrypt).toEqual({ actions: ['kms:Decrypt'], resources: [KEY] });
});

test('reading a whole bucket can tell that a key does not exist', () => {
  const [, list] = readObjects(BUCKET, [''], KEY);
  expect(list).toEqual({ actions: ['s3:ListBucket'], resources: [BUCKET] });
});

test('writing objects grants no delete', () => {
  const actions = writeObjects(BUCKET, ['data/'], KEY).flatMap((statement) => statement.actions);
  expect(actions).toEqual(['s3:PutObject', 's3:AbortMultipartUpload', 'kms:GenerateDataKey', 'kms:Decrypt']);
});

test.each([
  [readItems, ['GetItem', 'Query']],
  [writeItems, ['PutItem', 'UpdateItem', 'DeleteItem']],
])('items of a table are granted action by action: %p', (statements, actions) => {
  expect(statements(TABLE, KEY)).toEqual([
    { actions: actions.map((action) => `dynamodb:${action}`), resources: [TABLE] },
    { actions: ['kms:Decrypt'], resources: [KEY] },
  ]);
});
