import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetJobCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GlueClient,
  JobRun,
  StartJobRunCommand,
} from '@aws-sdk/client-glue';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Account, clientConfig } from '../../local/account';
import { zip } from '../../modules/assets';

/** Starts runs of deployed jobs, also with other code: as if that had been deployed. */
export class JobRunner {
  readonly glue: GlueClient;
  private readonly s3: S3Client;

  constructor(account: Account) {
    this.glue = new GlueClient(clientConfig(account, 'glue'));
    this.s3 = new S3Client({ ...clientConfig(account), forcePathStyle: true });
  }

  /** @returns id of the run */
  async start(JobName: string, request: Partial<StartJobRunCommand['input']> = {}): Promise<string> {
    return (await this.glue.send(new StartJobRunCommand({ ...request, JobName }))).JobRunId!;
  }

  /** Waits until the run has ended, or is in that state. */
  async reached(JobName: string, RunId: string, state = /^(?!STARTING|RUNNING|STOPPING)/): Promise<JobRun> {
    for (;;) {
      const { JobRun } = await this.glue.send(new GetJobRunCommand({ JobName, RunId }));
      if (state.test(String(JobRun!.JobRunState))) return JobRun!;
      await sleep(200);
    }
  }

  async run(JobName: string, request: Partial<StartJobRunCommand['input']> = {}): Promise<JobRun> {
    return this.reached(JobName, await this.start(JobName, request));
  }

  /** When the last run ended, in milliseconds since the epoch; 0 if there was none. */
  async lastEnd(JobName: string): Promise<number> {
    const { JobRuns = [] } = await this.glue.send(new GetJobRunsCommand({ JobName }));
    return Math.max(0, ...JobRuns.map(({ CompletedOn }) => CompletedOn?.getTime() ?? 0));
  }

  /** Puts a library beside the deployed one that does this when a job loads it; answers the argument for it. */
  async library(JobName: string, name: string, code: string): Promise<Record<string, string>> {
    const { Job } = await this.glue.send(new GetJobCommand({ JobName }));
    const [, Bucket, folder] = /^s3:\/\/([^/]+)\/(.*\/)/.exec(Job!.DefaultArguments!['--extra-py-files']!)!;
    const Key = `${folder}${name}.zip`;
    const Body = zip({ 'glue_etl/__init__.py': Buffer.from(code) });
    await this.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    return { '--extra-py-files': `s3://${Bucket}/${Key}` };
  }

  destroy(): void {
    this.glue.destroy();
    this.s3.destroy();
  }
}
