import type { WorkflowRun } from '@aws-sdk/client-glue';
import { actionMetrics, endedWithin, isQuietSince } from '../../monitoring-lambda/workflow-look';

const at = (minute: number) => new Date(Date.UTC(2013, 0, 1, 12, minute));

test.each<[string, WorkflowRun, object]>([
  ['one where all is well', { Status: 'COMPLETED', Statistics: { TotalActions: 4, SucceededActions: 4 } }, {}],
  [
    'one that completed with failed actions',
    { Status: 'COMPLETED', Statistics: { TotalActions: 4, SucceededActions: 1, FailedActions: 1 } },
    { FailedActions: 1 },
  ],
  [
    'every way in which an action fails',
    { Status: 'COMPLETED', Statistics: { TotalActions: 4, FailedActions: 1, TimeoutActions: 1, StoppedActions: 1 } },
    { FailedActions: 3 },
  ],
  [
    'an action that could not be started',
    { Status: 'COMPLETED', Statistics: { TotalActions: 4, SucceededActions: 2, ErroredActions: 1 } },
    { RunsNotStarted: 1 },
  ],
  ['a run that could not be started', { Status: 'ERROR' }, { RunsNotStarted: 1 }],
  [
    'actions that nothing kept from starting',
    { Status: 'COMPLETED', Statistics: { TotalActions: 4, SucceededActions: 1 } },
    { RunsNotStarted: 3 },
  ],
  [
    'one that was stopped',
    { Status: 'STOPPED', Statistics: { TotalActions: 4, StoppedActions: 1 } },
    { FailedActions: 1 },
  ],
])('counts %s', (_, run, expected) => {
  const data = actionMetrics('flights', run);
  expect(Object.fromEntries(data.map(({ name, value }) => [name, value]))).toEqual(expected);
});

test.each<[WorkflowRun, boolean]>([
  [{ Status: 'COMPLETED', CompletedOn: at(20) }, true],
  [{ Status: 'COMPLETED', CompletedOn: at(30) }, true],
  [{ Status: 'COMPLETED', CompletedOn: at(10) }, false],
  [{ Status: 'COMPLETED', CompletedOn: at(31) }, false],
  [{ Status: 'RUNNING' }, false],
])('%p has ended within', (run, expected) => {
  expect(endedWithin(run, at(10), at(30))).toBe(expected);
});

test.each<[string, WorkflowRun | undefined, boolean]>([
  ['has never run', undefined, true],
  ['ended before', { Status: 'COMPLETED', CompletedOn: at(5) }, true],
  ['ended since', { Status: 'COMPLETED', CompletedOn: at(15) }, false],
  ['is running: the run before it may have ended since', { Status: 'RUNNING' }, false],
])('a workflow that %s', (_, LastRun, isQuiet) => {
  expect(isQuietSince({ LastRun }, at(10))).toBe(isQuiet);
});
