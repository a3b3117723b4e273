import { DeleteItemCommand, GetItemCommand, paginateQuery, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { DATASET, type Target } from './target';

/** An item of the ledger or of job-state in plain values. */
export type Item = Record<string, unknown>;

/** The item of a partition of the data set's in the ledger, such as `process` for what that stage has committed. */
export async function ledgerItem({ dynamodb, naming }: Target, partition: string, sk: string): Promise<Item> {
  const Key = { pk: { S: `${DATASET}#${partition}` }, sk: { S: sk } };
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: naming.jobBookmarksTable, Key, ConsistentRead: true }),
  );
  return plainItem(Item);
}

/** A job's item in the table of job states. */
export async function jobState({ dynamodb, naming }: Target, job: string): Promise<Item> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: naming.jobStateTable, Key: { job_name: { S: job } }, ConsistentRead: true }),
  );
  return plainItem(Item);
}

/** Items of a partition whose `sk` begins so. */
export async function ledgerItems({ dynamodb, naming }: Target, partition: string, prefix = ''): Promise<Item[]> {
  const query = {
    TableName: naming.jobBookmarksTable,
    ConsistentRead: true,
    KeyConditionExpression: prefix ? 'pk = :pk AND begins_with(sk, :prefix)' : 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: `${DATASET}#${partition}` }, ...(prefix && { ':prefix': { S: prefix } }) },
  };
  const items: Item[] = [];
  for await (const page of paginateQuery({ client: dynamodb }, query)) items.push(...(page.Items ?? []).map(plainItem));
  return items;
}

export async function deleteLedgerItem({ dynamodb, naming }: Target, partition: string, sk: string): Promise<void> {
  const Key = { pk: { S: `${DATASET}#${partition}` }, sk: { S: sk } };
  await dynamodb.send(new DeleteItemCommand({ TableName: naming.jobBookmarksTable, Key }));
}

function plainItem(item: Record<string, AttributeValue> = {}): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

function plain(value: AttributeValue): unknown {
  if (value.M) return plainItem(value.M);
  if (value.L) return value.L.map(plain);
  if (value.N !== undefined) return Number(value.N);
  return value.S ?? value.BOOL ?? null;
}
