import { everyEnvironment, resources, type Block } from './synth';

/** Lines of crawlers' logs as AWS writes them. */
const RUN = '[3eeda126-0cf9-4128-b9f5-4d807bc10e9b]';
const PROGRESS = [
  'BENCHMARK : Running Start Crawl for Crawler raw',
  'BENCHMARK : Classification complete, writing results to database raw',
  'INFO : Crawler configured with SchemaChangePolicy {"UpdateBehavior":"LOG","DeleteBehavior":"LOG"}.',
  'INFO : Created table flights in database raw',
  'INFO : Created partitions with values [[b1]] for table flights in database raw',
  'BENCHMARK : Finished writing to Catalog',
  'INFO : Run Summary For PARTITION:',
  'INFO : ADD: 1',
  'BENCHMARK : Crawler has finished running and is in state READY',
];
const FINDINGS = [
  'INFO : UPDATE: 1',
  "INFO : Found partition of table flights with partition values [b1] with no matching schema at the partition's S3 location",
  "INFO : Table flights is marked deprecated because a matching schema was not found at the table's location.",
  'INFO : Folder partition keys do not match table partition keys, skipping folder',
  'WARN : OutOfMemoryError: Please submit a ticket to AWS Support',
  'ERROR : Internal Service Exception',
];

/** Whether a line matches a pattern of fields that are delimited by spaces, and may be said to differ from words. */
function matches(pattern: string, line: string): boolean {
  const fields = pattern.slice(1, -1).split(', ');
  const words = line.split(' ');
  return fields.every((field, index) =>
    field.split(' && ').every((term) => {
      const [, unlike] = term.split(' != ');
      if (unlike === undefined) return true;
      return !new RegExp(`^${unlike.replace('*', '.*')}$`).test(words[index]!);
    }),
  );
}

describe.each(everyEnvironment)('a change of schema in %s', (name, stack) => {
  const rules = resources(stack, 'aws_cloudwatch_event_rule').filter(({ address }) =>
    /monitoring_schema/.test(address),
  );
  const pattern = (type: string) =>
    rules.map((rule) => JSON.parse(rule.event_pattern)).find(({ 'detail-type': types }) => types.includes(type));
  const [filter] = resources(stack, 'aws_cloudwatch_log_metric_filter');

  test.each(PROGRESS)('is not what a crawler says by %s', (line) => {
    expect(matches(filter!.pattern, `${RUN} ${line}`)).toBe(false);
  });

  test.each(FINDINGS)('is what a crawler says by %s', (line) => {
    expect(matches(filter!.pattern, `${RUN} ${line}`)).toBe(true);
  });

  test('is looked for in the log of the crawlers, and tells the topic', () => {
    const group = resources(stack, 'aws_cloudwatch_log_group').find((each) => /crawlers-role/.test(each.name));
    expect(filter!.log_group_name).toBe(`\${${group!.address}.name}`);
    const metric = filter!.metric_transformation as Block;
    const alarms = resources(stack, 'aws_cloudwatch_metric_alarm').filter(
      ({ metric_name, namespace }) => metric_name === metric.name && namespace === metric.namespace,
    );
    expect(alarms).toMatchObject([
      { alarm_actions: [expect.stringContaining('aws_sns_topic.monitoring_alerts')], threshold: 1 },
    ]);
  });

  test('and a failure of whichever crawler are events that reach the topic', () => {
    const { detail } = pattern('Glue Crawler State Change');
    for (const crawler of resources(stack, 'aws_glue_crawler')) {
      expect(crawler.name.startsWith(detail.crawlerName[0].prefix)).toBe(true);
    }
    expect(detail.$or.flatMap((each: object) => Object.entries(each))).toEqual([
      ['state', ['Failed']],
      ...['tablesUpdated', 'tablesDeleted', 'partitionsUpdated', 'partitionsDeleted'].map((count) => [
        count,
        [{ 'anything-but': ['0'] }],
      ]),
    ]);
    const targets = resources(stack, 'aws_cloudwatch_event_target').filter(({ rule }) => /schema/.test(rule));
    expect(targets).toHaveLength(rules.length);
    for (const { arn } of targets) expect(arn).toContain('aws_sns_topic.monitoring_alerts');
  });

  test('that somebody else makes to a raw table is an event too, and a write to an Iceberg table is none', () => {
    expect(pattern('Glue Data Catalog Table State Change').detail).toEqual({
      databaseName: [`glue_etl_pipeline_${name.replace('-', '_')}_raw`],
      typeOfChange: ['UpdateTable'],
    });
  });
});
