import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { QUERIES } from '../../modules/monitoring/saved-queries';
import { everyEnvironment, resources } from './synth';

const root = resolve(__dirname, '../..');
const script = resolve(__dirname, 'journal_events.py');
/** Fields by event, read from the jobs' source. */
const events = JSON.parse(execFileSync(resolve(root, '.venv/bin/python'), [script], { encoding: 'utf8' })) as Record<
  string,
  string[]
>;
/** Fields that CloudWatch Logs adds. */
const DISCOVERED = ['@timestamp'];
/** Words of the language that stand where fields may. */
const WORDS = ['filter', 'stats', 'fields', 'sort', 'limit', 'by', 'as', 'in', 'and', 'desc'];
const FUNCTIONS = ['latest', 'max', 'min', 'count', 'sum'];
/** Of the parts of `counts`, the ones that are checked to add up. */
const COUNTS = ['read', 'good', 'quarantined', 'duplicates'];

const quoted = (query: string) => [...query.matchAll(/"([\w-]+)"/g)].map(([, text]) => text!);
/** Names in a query that are neither words nor made by it. */
function fieldsOf(query: string): string[] {
  const made = [...query.matchAll(/\bas (\w+)/g)].map(([, name]) => name!);
  const names = query.replace(/"[^"]*"/g, '').match(/@?[a-z_]+(\.[a-z]+)?/g) ?? [];
  return [...new Set(names)].filter((name) => ![...WORDS, ...FUNCTIONS, ...made].includes(name));
}

describe.each(Object.entries(QUERIES))('the query for the %s', (_, query) => {
  const named = quoted(query).filter((text) => text in events);

  test('names events that the jobs journal', () => {
    const others = quoted(query).filter((text) => !(text in events) && text !== 'process');
    expect(others).toEqual([]);
    expect(named).not.toEqual([]);
  });

  test('names fields that they have', () => {
    const known = new Set([...named.flatMap((event) => events[event]!), ...DISCOVERED]);
    for (const field of fieldsOf(query)) {
      const [name, part] = field.split('.') as [string, string?];
      expect(known).toContain(name);
      if (part !== undefined) expect([name, COUNTS]).toEqual(['counts', expect.arrayContaining([part])]);
    }
  });
});

test.each(everyEnvironment)(
  '%s keeps every query, over the group of the journals, where CloudWatch can',
  (name, stack) => {
    const kept = resources(stack, 'aws_cloudwatch_query_definition');
    expect(kept.map((query) => query.name).sort()).toEqual(
      stack.environment.monitoring.savedQueries
        ? Object.keys(QUERIES)
            .map((question) => `glue-etl-pipeline-${name}/${question}`)
            .sort()
        : [],
    );
    for (const { log_group_names: groups } of kept) expect(groups).toEqual([`/aws-glue/glue-etl-pipeline-${name}`]);
  },
);
