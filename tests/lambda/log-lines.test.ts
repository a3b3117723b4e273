import { driverLines, journalLines } from '../../monitoring-lambda/log-lines';

const lines = (messages: string[]) => messages.map((message) => ({ at: '2013-01-01T00:00:00.000Z', message }));
const messages = (found: { message: string }[]) => found.map(({ message }) => message);
const filler = (count: number) => Array.from({ length: count }, (_, index) => `INFO line ${index}`);

describe('driverLines', () => {
  it('keeps an error, its stack and what led to it, wherever in the log it stands', () => {
    const traceback = [
      'Traceback (most recent call last):',
      ...Array.from({ length: 12 }, (_, index) => `  File "job.py", line ${index}, in work`),
      'KeyError: tailnum',
    ];
    const found = messages(driverLines(lines([...filler(100), ...traceback, ...filler(500)])));

    expect(found[0]).toBe('… 96 lines left out');
    expect(found.slice(1, 5)).toEqual(filler(100).slice(-4));
    expect(found.slice(5, -4)).toEqual(traceback);
    expect(found.slice(-4)).toEqual(filler(500).slice(0, 4));
  });

  it.each([
    ['25/01/01 10:00:00 ERROR TaskSetManager: Task 0 failed'],
    ['java.lang.OutOfMemoryError: Java heap space'],
    ['Caused by: org.apache.spark.SparkException: Job aborted'],
    ['botocore.exceptions.ClientError: An error occurred (AccessDenied)'],
  ])('knows %s for an error', (message) => {
    expect(messages(driverLines(lines([...filler(50), message, ...filler(50)])))).toContain(message);
  });

  it('has nothing of a log without errors', () => {
    expect(driverLines(lines(filler(100)))).toEqual([]);
  });

  it('keeps the last of many, and of a long line its beginning', () => {
    const many = Array.from({ length: 500 }, (_, index) => `Error ${index}`);
    const found = messages(driverLines(lines([...many, `Error ${'x'.repeat(5000)}`])));

    expect(found).toHaveLength(81);
    expect(found.at(-2)).toBe('Error 499');
    expect(found.at(-1)!.length).toBeLessThan(2100);
  });
});

describe('journalLines', () => {
  const event = (name: string, id = 'jr_1') => JSON.stringify({ event: name, job_run_id: id });

  it('keeps what one run did around what went wrong, and nothing of other runs', () => {
    const found = journalLines(
      lines([event('run-failed', 'jr_0'), event('batch-started'), 'no JSON', event('run-failed'), event('x', 'jr_2')]),
      'jr_1',
    );
    expect(messages(found)).toEqual([event('batch-started'), event('run-failed')]);
  });

  it('has nothing of a run that tells of no error', () => {
    expect(journalLines(lines([event('batch-started')]), 'jr_1')).toEqual([]);
  });
});
