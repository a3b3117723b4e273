import { type AttributeValue, BatchGetItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb } from './aws';
import { COUNTS, type Counts, type JobState } from './report';

/** Of one call of BatchGetItem. */
const MOST_ITEMS = 100;

/** What the job itself last wrote about a run; null if it never wrote anything. */
export async function getJobState(table: string, jobName: string): Promise<JobState | null> {
  const { Item: item } = await dynamodb.send(
    new GetItemCommand({ TableName: table, Key: { job_name: { S: jobName } }, ConsistentRead: true }),
  );
  if (!item) {
    return null;
  }
  return {
    jobRunId: item['job_run_id']?.S ?? '',
    batches: item['batches']?.L?.map((batch) => batch.S ?? '') ?? [],
    counts: toCounts(item['counts']?.M ?? {}),
    error: item['error']?.S ?? null,
  };
}

function toCounts(attributes: Record<string, AttributeValue>): Counts {
  const counts = COUNTS.map((name) => [name, attributes[name]?.N ? Number(attributes[name].N) : null]);
  return Object.fromEntries(counts) as Counts;
}

/** The quality rules of severity `error` that the batches broke, with what was observed, as validate left them. */
export async function getFailedRules(table: string, dataset: string, batches: readonly string[]): Promise<string[]> {
  const keys = batches.map((batch) => ({ pk: { S: `${dataset}#validate` }, sk: { S: batch } }));
  const items = await getItems(table, keys, 'failed_rules');
  return items.flatMap(({ failed_rules }) => failed_rules?.L?.map(({ S = '' }) => S) ?? []);
}

/** The items that there are of these keys, with one attribute. */
export async function getItems(
  table: string,
  keys: readonly Record<string, AttributeValue>[],
  attribute: string,
): Promise<Record<string, AttributeValue>[]> {
  const found: Record<string, AttributeValue>[] = [];
  let left = [...keys];
  while (left.length > 0) {
    const request = {
      Keys: left.slice(0, MOST_ITEMS),
      ConsistentRead: true,
      ProjectionExpression: [...Object.keys(left[0]!), attribute].map((_, index) => `#${index}`).join(),
      ExpressionAttributeNames: Object.fromEntries(
        [...Object.keys(left[0]!), attribute].map((name, index) => [`#${index}`, name]),
      ),
    };
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: request } }),
    );
    found.push(...(Responses?.[table] ?? []));
    left = [...(UnprocessedKeys?.[table]?.Keys ?? []), ...left.slice(MOST_ITEMS)];
  }
  return found;
}
