import { failureMessage } from '../../local/glue/failure';

const traceback = (exception: string) => `some output
Traceback (most recent call last):
  File "job.py", line 3, in <module>
    main()
    ^^^^^^
${exception}
`;

describe('failure message', () => {
  test('is the exception of the script', () => {
    expect(failureMessage(traceback('ValueError: no such column: x'), 1)).toBe('ValueError: no such column: x');
  });

  test('is the last one where one led to another', () => {
    const chained = `${traceback("KeyError: 'a'")}
During handling of the above exception, another exception occurred:

${traceback('glue_etl.errors.ContractError: field a is missing')}`;
    expect(failureMessage(chained, 1)).toBe('glue_etl.errors.ContractError: field a is missing');
  });

  test('names what lies at the bottom of an exception of the JVM', () => {
    const exception = `py4j.protocol.Py4JJavaError: An error occurred while calling o56.save.
: org.apache.spark.SparkException: Job aborted
\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:2856)
Caused by: java.io.IOException: closed
\tat java.base/java.lang.Thread.run(Thread.java:840)
\tCaused by: software.amazon.awssdk.services.s3.model.S3Exception: not authorized to perform: s3:PutObject
\t\t... 29 more`;
    expect(failureMessage(traceback(exception), 1)).toBe(
      'py4j.protocol.Py4JJavaError: An error occurred while calling o56.save. ' +
        'software.amazon.awssdk.services.s3.model.S3Exception: not authorized to perform: s3:PutObject',
    );
  });

  test.each([
    [10, 'Command failed with exit code 10'],
    [null, 'Command failed with exit code none: a signal ended it'],
  ])('is the exit code %p where there is nothing else', (code, message) => {
    expect(failureMessage('', code)).toBe(message);
  });
});
