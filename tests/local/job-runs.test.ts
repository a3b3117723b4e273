import { readFileSync } from 'node:fs';
import path from 'node:path';
import { JobRun } from '@aws-sdk/client-glue';
import { GlueError, Wire } from '../../local/glue/wire';
import { service, until } from './fake-engine';

type Service = ReturnType<typeof service>;

async function ended({ jobRuns }: Service, id: string): Promise<Wire<JobRun>> {
  const ofRun = () => jobRuns.all().find(({ run }) => run.Id === id)?.run;
  return until(() => (ofRun()?.CompletedOn ? ofRun() : undefined));
}

function start({ call }: Service, JobName: string, more: object = {}): string {
  return call('StartJobRun', { JobName, ...more }).JobRunId!;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('job run', () => {
  test('succeeds, is published and announced', async () => {
    const glue = service();
    glue.createJob('a', 'exit 0', { NumberOfWorkers: 2, WorkerType: 'G.1X' });
    const id = start(glue, 'a');
    expect(glue.call('GetJobRun', { JobName: 'a', RunId: id }).JobRun).toMatchObject({ JobRunState: 'STARTING' });
    const run = await ended(glue, id);
    expect(run).toMatchObject({ Id: expect.stringMatching(/^jr_[0-9a-f]{64}$/), JobRunState: 'SUCCEEDED', Attempt: 0 });
    expect(run).toMatchObject({ MaxCapacity: 2, DPUSeconds: 2 * run.ExecutionTime! });
    expect(glue.engine.published).toEqual([id]);
    expect(glue.engine.announced).toEqual([
      {
        detailType: 'Glue Job State Change',
        detail: { jobName: 'a', severity: 'INFO', state: 'SUCCEEDED', jobRunId: id, message: 'Job run succeeded' },
      },
    ]);
  });

  test('that fails says why, and is tried again', async () => {
    const glue = service();
    glue.createJob('a', 'printf "Traceback (most recent call last):\\n  x\\nValueError: bad\\n"; exit 1', {
      MaxRetries: 1,
    });
    const id = start(glue, 'a');
    expect(await ended(glue, id)).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'ValueError: bad' });
    const retry = await ended(glue, `${id}_attempt_1`);
    expect(retry).toMatchObject({ JobRunState: 'FAILED', Attempt: 1, PreviousRunId: id });
    expect(glue.jobRuns.all()).toHaveLength(2);
  });

  test('whose preparation fails, fails with its error', async () => {
    const glue = service();
    glue.createJob('a', '');
    expect(await ended(glue, start(glue, 'a'))).toMatchObject({ ErrorMessage: 'AccessDenied: s3:GetObject' });
  });

  test('ends at its timeout, with its children, and is not tried again', async () => {
    const glue = service();
    glue.createJob('a', 'sleep 60 & echo $!; wait', { Timeout: 3, MaxRetries: 1 });
    const id = start(glue, 'a');
    expect((await ended(glue, id)).JobRunState).toBe('TIMEOUT');
    const child = Number(readFileSync(path.join(glue.folder, id, 'stdout'), 'utf8'));
    await until(() => !exists(child));
    expect(glue.jobRuns.all()).toHaveLength(1);
    expect(glue.engine.announced[0]!.detail).toMatchObject({ state: 'TIMEOUT', severity: 'WARN' });
  });

  test('tells of a delay', async () => {
    const glue = service();
    glue.createJob('a', 'sleep 0.4', { NotificationProperty: { NotifyDelayAfter: 0.1 } });
    await ended(glue, start(glue, 'a'));
    expect(glue.engine.announced.map(({ detailType }) => detailType)).toEqual([
      'Glue Job Run Status',
      'Glue Job State Change',
    ]);
  });

  test('is stopped, whether it runs or waits for its turn', async () => {
    const glue = service({ concurrentRuns: 1 });
    glue.createJob('a', 'sleep 60');
    glue.createJob('b', 'sleep 60');
    const ids = [start(glue, 'a'), start(glue, 'b')] as const;
    await until(() => glue.jobRuns.all()[0]!.run.JobRunState === 'RUNNING');
    expect(glue.jobRuns.all()[1]!.run.JobRunState).toBe('STARTING');
    glue.call('BatchStopJobRun', { JobName: 'b', JobRunIds: [ids[1]] });
    const { Errors } = glue.call('BatchStopJobRun', { JobName: 'a', JobRunIds: [ids[0], 'jr_none'] });
    expect(Errors).toMatchObject([{ JobRunId: 'jr_none', ErrorDetail: { ErrorCode: 'EntityNotFoundException' } }]);
    for (const id of ids) expect((await ended(glue, id)).JobRunState).toBe('STOPPED');
  });

  test('is refused beyond the job’s limit', async () => {
    const glue = service();
    glue.createJob('a', 'sleep 60');
    start(glue, 'a');
    expect(() => start(glue, 'a')).toThrow(
      new GlueError('ConcurrentRunsExceededException', 'Concurrent runs exceeded for a'),
    );
    await glue.jobRuns.close();
    expect(glue.jobRuns.all()[0]!.run.JobRunState).toBe('STOPPED');
  });

  test('that an earlier service has left active has stopped', () => {
    const glue = service();
    glue.createJob('a', 'sleep 60');
    glue.store.state.jobRuns.jr_1 = { run: { Id: 'jr_1', JobName: 'a', JobRunState: 'RUNNING' } };
    service({ store: glue.store });
    expect(glue.store.state.jobRuns.jr_1.run.JobRunState).toBe('STOPPED');
  });
});
