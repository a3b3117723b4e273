import { Workflow, WorkflowRun } from '@aws-sdk/client-glue';
import { isMet } from '../../local/glue/predicate';
import { GlueError } from '../../local/glue/wire';
import { service, until } from './fake-engine';

/** A workflow with a start trigger on job `a`; `next` are conditional triggers: job, then what it waits for. */
function workflow(next: [job: string, logical: 'AND' | 'ANY', ...conditions: string[]][]) {
  const glue = service();
  glue.call('CreateWorkflow', { Name: 'w', MaxConcurrentRuns: 1, DefaultRunProperties: { k: 'v' } });
  glue.call('CreateTrigger', { Name: 'start', Type: 'ON_DEMAND', WorkflowName: 'w', Actions: [{ JobName: 'a' }] });
  for (const [job, Logical, ...conditions] of next) {
    const Conditions = conditions.map((condition) => {
      const [JobName, State] = condition.split(' ');
      return { LogicalOperator: 'EQUALS', JobName, State };
    });
    glue.call('CreateTrigger', {
      ...{ Name: `to-${job}`, Type: 'CONDITIONAL', WorkflowName: 'w', StartOnCreation: true },
      ...{ Actions: [{ JobName: job }], Predicate: { Logical, Conditions } },
    });
  }
  const get = (RunId: string): WorkflowRun =>
    glue.call('GetWorkflowRun', { Name: 'w', RunId, IncludeGraph: true }).Run!;
  const run = async () => {
    const id: string = glue.call('StartWorkflowRun', { Name: 'w' }).RunId!;
    return until(() => (get(id).Status === 'RUNNING' ? undefined : get(id)));
  };
  return { ...glue, get, run };
}

describe('workflow run', () => {
  test('runs its jobs in the order of their triggers', async () => {
    const glue = workflow([
      ['b', 'AND', 'a SUCCEEDED'],
      ['c', 'AND', 'b SUCCEEDED'],
    ]);
    for (const job of ['a', 'b', 'c']) glue.createJob(job, 'exit 0');
    const run = await glue.run();
    expect(run).toMatchObject({
      WorkflowRunId: expect.stringMatching(/^wr_[0-9a-f]{64}$/),
      Status: 'COMPLETED',
      WorkflowRunProperties: { k: 'v' },
      Statistics: { TotalActions: 3, SucceededActions: 3, FailedActions: 0 },
    });
    const jobs = run.Graph!.Nodes!.filter(({ Type }) => Type === 'JOB');
    expect(jobs.map(({ Name }) => Name)).toEqual(['a', 'b', 'c']);
    expect(jobs[2]!.JobDetails!.JobRuns).toMatchObject([{ JobRunState: 'SUCCEEDED', TriggerName: 'to-c' }]);
    expect(run.Graph!.Edges).toHaveLength(5);
  });

  test('is COMPLETED when a job has failed, and goes no further', async () => {
    const glue = workflow([['b', 'AND', 'a SUCCEEDED']]);
    glue.createJob('a', 'exit 1');
    glue.createJob('b', 'exit 0');
    const { Status, Statistics } = await glue.run();
    expect(Status).toBe('COMPLETED');
    expect(Statistics).toMatchObject({ TotalActions: 2, FailedActions: 1, SucceededActions: 0 });
  });

  test('is the last run of its workflow, which one call tells of several', async () => {
    const glue = workflow([]);
    glue.createJob('a', 'exit 0');
    glue.call('CreateWorkflow', { Name: 'idle' });
    const { WorkflowRunId } = await glue.run();
    const { Workflows, MissingWorkflows } = glue.call('BatchGetWorkflows', {
      Names: ['w', 'idle', 'lost'],
    }) as unknown as {
      Workflows: Workflow[];
      MissingWorkflows: string[];
    };
    expect(Workflows).toMatchObject([{ Name: 'w', LastRun: { WorkflowRunId, Status: 'COMPLETED' } }, { Name: 'idle' }]);
    expect(Workflows[1]!.LastRun).toBeUndefined();
    expect(MissingWorkflows).toEqual(['lost']);
  });

  test('counts the attempts of a job as one action', async () => {
    const glue = workflow([['b', 'AND', 'a SUCCEEDED']]);
    glue.createJob('a', 'test -e ../tried || { touch ../tried; exit 1; }', { MaxRetries: 1 });
    glue.createJob('b', 'exit 0');
    const { Statistics, Graph } = await glue.run();
    expect(Statistics).toMatchObject({ FailedActions: 0, SucceededActions: 2 });
    const runsOfA = Graph!.Nodes!.find(({ Name }) => Name === 'a')!.JobDetails!.JobRuns!;
    expect(runsOfA.map(({ JobRunState }) => JobRunState)).toEqual(['SUCCEEDED', 'FAILED']);
  });

  test('counts what could not be started', async () => {
    const glue = workflow([]);
    expect(await glue.run()).toMatchObject({ Statistics: { ErroredActions: 1 }, ErrorMessage: 'Job a not found.' });
  });

  test('is stopped with its jobs', async () => {
    const glue = workflow([['b', 'AND', 'a STOPPED']]);
    glue.createJob('a', 'sleep 60');
    glue.createJob('b', 'exit 0');
    const RunId: string = glue.call('StartWorkflowRun', { Name: 'w' }).RunId!;
    expect(() => glue.call('StartWorkflowRun', { Name: 'w' })).toThrow(GlueError);
    glue.call('StopWorkflowRun', { Name: 'w', RunId });
    await until(() => glue.get(RunId).Status === 'STOPPED');
    expect(glue.jobRuns.all()).toHaveLength(1);
    expect(() => glue.call('StopWorkflowRun', { Name: 'w', RunId })).toThrow('is not running');
  });
});

describe('workflow that waits for events', () => {
  const waiting = (BatchSize: number, type = 'EVENT') => {
    const glue = service();
    glue.call('CreateWorkflow', { Name: 'w', MaxConcurrentRuns: 1 });
    const EventBatchingCondition = { BatchSize, BatchWindow: 900 };
    glue.call('CreateTrigger', {
      ...{ Name: 'start', Type: type, WorkflowName: 'w', Actions: [{ JobName: 'a' }], EventBatchingCondition },
    });
    glue.createJob('a', 'exit 0');
    const runs = (): WorkflowRun[] => glue.call('GetWorkflowRuns', { Name: 'w' }).Runs!;
    const ended = () => until(() => runs().every(({ Status }) => Status === 'COMPLETED'));
    return { ...glue, runs, ended };
  };

  test('runs once as many have come as it waits for', async () => {
    const { workflows, runs, ended } = waiting(2);
    workflows.notify('w');
    expect(runs()).toEqual([]);
    workflows.notify('w');
    expect(runs()).toMatchObject([{ Status: 'RUNNING' }]);
    await ended();
  });

  test('runs once its window is over, which the first event opens', async () => {
    jest.useFakeTimers();
    const { workflows, runs, ended } = waiting(3);
    workflows.notify('w');
    jest.advanceTimersByTime(600_000);
    workflows.notify('w');
    expect(runs()).toEqual([]);
    jest.advanceTimersByTime(300_000);
    jest.useRealTimers();
    expect(runs()).toHaveLength(1);
    await ended();
  });

  test('loses events while it runs, and those that another kind of trigger gets', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation();
    const { workflows, runs, ended } = waiting(1);
    workflows.notify('w');
    workflows.notify('w');
    expect(runs()).toHaveLength(1);
    await ended();
    const other = waiting(1, 'SCHEDULED');
    other.workflows.notify('w');
    expect(other.runs()).toEqual([]);
    expect(log.mock.calls.flat()).toEqual([
      'Workflow w was not started by its events: Concurrent runs exceeded for workflow w',
      'Event for workflow w is lost: its start trigger is not of type EVENT',
    ]);
    log.mockRestore();
  });

  test('cannot have its trigger started', () => {
    expect(() => waiting(1).call('StartTrigger', { Name: 'start' })).toThrow('Trigger Type EVENT cannot be started');
  });
});

describe('predicate', () => {
  const conditions = [
    { JobName: 'a', State: 'SUCCEEDED' as const },
    { JobName: 'b', State: 'FAILED' as const },
  ];

  test.each([
    ['AND', { a: 'SUCCEEDED' }, false],
    ['AND', { a: 'SUCCEEDED', b: 'FAILED' }, true],
    ['ANY', { a: 'SUCCEEDED' }, true],
    ['ANY', { a: 'FAILED' }, false],
    [undefined, { a: 'SUCCEEDED', b: 'RUNNING' }, false],
  ])('%s of %p is %p', (Logical, states, met) => {
    const predicate = { Logical: Logical as 'AND' | 'ANY' | undefined, Conditions: conditions };
    expect(isMet(predicate, new Map(Object.entries(states)))).toBe(met);
  });

  test('without conditions is never met', () => {
    expect(isMet({}, new Map())).toBe(false);
  });
});
