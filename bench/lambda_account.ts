// An account in a process of its own, in which the monitoring function finds so many job runs; prints where it answers.
import type { AddressInfo } from 'node:net';
import type { JobRun } from '@aws-sdk/client-glue';
import { Naming, STAGES } from '../modules/naming';
import { monitoredDataSet, settings } from '../tests/lambda/factories';
import { StubAws } from '../tests/lambda/stub-aws';

const [runs, dataSets] = process.argv.slice(2).map(Number) as [number, number];
const DAYS = 8;
const DAY_MS = 86_400_000;

const naming = new Naming(settings.environment);
const aws = new StubAws();
const names = Array.from({ length: dataSets }, (_, index) => `set_${index}`);
aws.datasets = JSON.stringify(names.map((name) => monitoredDataSet(name, 24)));
const first = Math.floor(Date.now() / DAY_MS - DAYS) * DAY_MS;
for (const name of names) {
  aws.glue.workflows.set(naming.workflow(name), { workflow: { CreatedOn: new Date(first) }, runs: [] });
}
for (let run = 0; run < runs; run++) {
  const StartedOn = new Date(first + (run * DAYS * DAY_MS) / runs);
  const JobName = naming.job(STAGES[run % STAGES.length]!, names[Math.floor(run / STAGES.length) % dataSets]!);
  // As large as runs of these jobs are.
  const known: JobRun = {
    ...{ JobName, Id: `jr_${'0'.repeat(58)}${String(run).padStart(6, '0')}`, JobRunState: 'SUCCEEDED', Attempt: 0 },
    ...{ StartedOn, CompletedOn: new Date(StartedOn.getTime() + 300_000), ExecutionTime: 270, MaxCapacity: 4 },
    ...{ NumberOfWorkers: 4, WorkerType: 'G.1X', GlueVersion: '4.0', DPUSeconds: 900, LogGroupName: '/aws-glue/jobs' },
    Arguments: { '--WORKFLOW_NAME': naming.workflow('set'), '--WORKFLOW_RUN_ID': `wr_${'0'.repeat(64)}` },
  };
  aws.glue.jobRuns.set(known.Id!, known);
}
aws.server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(aws.server.address() as AddressInfo).port}`);
});
