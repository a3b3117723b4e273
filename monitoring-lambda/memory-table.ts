import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb } from './aws';
import { getItems } from './job-records';
import { type Memory, NO_MEMORY } from './memory';

const key = (dataset: string) => ({ id: { S: `dataset#${dataset}` } });
/** Stages of a data set follow one another; more tries than this means that something else is wrong. */
const MOST_TRIES = 20;

/** What is remembered of a data set, and the version of it. */
export async function getMemory(table: string, dataset: string): Promise<{ memory: Memory; version: number }> {
  const { Item: item } = await dynamodb.send(
    new GetItemCommand({ TableName: table, Key: key(dataset), ConsistentRead: true }),
  );
  return item
    ? { memory: JSON.parse(item['memory']!.S!) as Memory, version: Number(item['version']!.N) }
    : { memory: NO_MEMORY, version: 0 };
}

/** Changes what is remembered of a data set, whoever else does at the same time; answers what came of it. */
export async function changeMemory(
  table: string,
  dataset: string,
  change: (memory: Memory) => Memory,
): Promise<Memory> {
  for (let tries = 1; ; tries++) {
    const { memory, version } = await getMemory(table, dataset);
    const changed = change(memory);
    try {
      await dynamodb.send(
        new PutItemCommand({
          TableName: table,
          Item: {
            ...key(dataset),
            memory: { S: JSON.stringify(changed) },
            version: { N: String(version + 1) },
            ...(changed.publishedAt !== null && { published_at: { S: changed.publishedAt } }),
          },
          ConditionExpression: version === 0 ? 'attribute_not_exists(id)' : 'version = :version',
          ...(version > 0 && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
        }),
      );
      return changed;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || tries === MOST_TRIES) throw error;
    }
  }
}

/** When rows of data sets were last published, by the data set's name; those that never were are not in it. */
export async function getPublishedAt(table: string, datasets: readonly string[]): Promise<Map<string, string>> {
  const items = await getItems(table, datasets.map(key), 'published_at');
  return new Map(
    items.flatMap(({ id, published_at: at }) => (at?.S ? [[id!.S!.slice('dataset#'.length), at.S] as const] : [])),
  );
}
