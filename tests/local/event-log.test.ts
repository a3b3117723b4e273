import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readEventLog } from '../../local/glue/event-log';
import { sparkMetrics } from '../../local/glue/metrics';

// Written by Spark 3.5.6: reads a CSV file of 1,000 rows and 5,894 bytes twice (once for its header), groups it, and
// writes the groups. Events and fields that nothing here reads are left out of the sample.
const sample = readFileSync(path.join(__dirname, 'fixtures', 'event-log.jsonl'), 'utf8');

describe('event log', () => {
  test('adds up what Spark measured', () => {
    expect(readEventLog(sample)).toEqual({
      elapsedMilliseconds: 20_328,
      bytesRead: 2 * 5_894,
      recordsRead: 1_001,
      bytesWritten: 753,
      completedStages: 3,
      completedTasks: 3,
      failedTasks: 0,
      killedTasks: 0,
      shuffleBytesWritten: 314,
      shuffleLocalBytesRead: 314,
      heapUsedBytes: 124_578_472,
      heapMaximumBytes: 2 ** 30,
      skewness: 0,
    });
  });

  test('tells failed tasks from killed ones', () => {
    const end = (Reason: string) => JSON.stringify({ Event: 'SparkListenerTaskEnd', 'Task End Reason': { Reason } });
    const figures = readEventLog([end('Success'), end('ExceptionFailure'), end('TaskKilled')].join('\n'));
    expect(figures).toMatchObject({ completedTasks: 1, failedTasks: 1, killedTasks: 1 });
  });

  test('reads the log of a driver that was killed while it wrote', () => {
    expect(readEventLog(sample.slice(0, -50)).completedTasks).toBe(3);
  });

  test('becomes the metrics of Glue', () => {
    const metrics = sparkMetrics(readEventLog(sample));
    const value = (name: string) => metrics.find((metric) => metric.name === name);
    expect(value('glue.driver.aggregate.recordsRead')).toMatchObject({ type: 'count', value: 1_001 });
    expect(value('glue.ALL.s3.filesystem.read_bytes')).toMatchObject({ type: 'gauge', value: 11_788 });
    expect(value('glue.driver.jvm.heap.usage')?.value).toBeCloseTo(0.116, 3);
  });

  test('gives no heap metrics where Spark took no sample', () => {
    const names = sparkMetrics(readEventLog('')).map(({ name }) => name);
    expect(names.filter((name) => name.includes('heap'))).toEqual([]);
  });
});
