import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AccountRecord } from '../account';
import { Clients, RoleClients } from './clients';
import { Engine, Execution, Run } from './engine';
import { EnginePool } from './engine-pool';
import { EventBus } from './event-bus';
import { readEventLog } from './event-log';
import { publishLogs } from './log-streams';
import { publishMetrics } from './metrics';
import {
  credentialProperties,
  engineEnvironment,
  eventLogFolder,
  eventLogProperties,
  jvmProperties,
  parseConf,
  runEnvironment,
  sparkProperties,
  workerProperties,
} from './spark-settings';
import { ScriptRun, WarmEngine } from './warm-engine';

/** Runs jobs on Spark, with the credentials of their roles. */
export class SparkEngine implements Engine {
  private started = 0;
  private readonly engines = new EnginePool((jvm) => {
    const folder = path.join(this.account.directory, 'engines', String((this.started += 1)));
    return new WarmEngine(folder, jvm, engineEnvironment(folder, this.account));
  });

  constructor(
    private readonly account: AccountRecord,
    private readonly clients: Clients,
    private readonly events: EventBus,
  ) {}

  async prepare(execution: Execution): Promise<Run> {
    const { folder, job, arguments: args, record } = execution;
    mkdirSync(eventLogFolder(execution), { recursive: true });
    const credentials = await this.credentials(execution);
    const { s3 } = this.clients.as(credentials);
    const script = await download(s3, String(job.Command?.ScriptLocation), folder);
    const libraries: string[] = [];
    for (const library of listOf(args['--extra-py-files'])) libraries.push(await download(s3, library, folder));
    const conf = parseConf(args['--conf'] ?? '');
    const run: ScriptRun = {
      script,
      folder,
      arguments: Object.entries(args).flat(),
      environment: runEnvironment(folder, this.account, credentials, libraries),
      properties: {
        ...sparkProperties(record.run.JobName, folder, conf, this.account),
        ...eventLogProperties(execution),
        ...credentialProperties(credentials),
        ...workerProperties(runEnvironment(folder, this.account, credentials, libraries)),
        'spark.submit.pyFiles': libraries.join(),
      },
    };
    return (signal) => this.runScript(run, conf, signal);
  }

  /**
   * Runs a script on an engine that waits, or on a new one.
   *
   * @param conf settings of Spark, as of a job
   * @returns its exit code, null if a signal ended it
   */
  runScript(script: ScriptRun, conf: Record<string, string>, signal: AbortSignal): Promise<number | null> {
    return this.engines.run(script, jvmProperties(conf, this.account), signal);
  }

  /** Ends the engines that wait for runs. */
  close(): void {
    this.engines.close();
  }

  async publish(execution: Execution, outcome: Parameters<Engine['publish']>[1]): Promise<void> {
    const role = this.clients.as(await this.credentials(execution));
    const eventLog = eventLogFile(execution);
    const results = await Promise.allSettled([
      publishLogs(execution, this.clients, role),
      uploadEventLog(execution, role, eventLog),
      publishMetrics(
        execution,
        outcome,
        role.cloudwatch,
        eventLog ? readEventLog(readFileSync(eventLog, 'utf8')) : undefined,
      ),
    ]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    if (errors.length > 0) throw new Error(errors.join('\n'));
  }

  async announce(detailType: string, detail: Record<string, unknown>): Promise<void> {
    await this.events.put('aws.glue', detailType, detail);
  }

  private credentials({ job, record }: Execution) {
    return this.clients.assume(String(job.Role), `GlueJobRunnerSession-${record.run.Id.slice(0, 20)}`);
  }
}

function listOf(argument: string | undefined): string[] {
  return (argument ?? '').split(',').filter(Boolean);
}

function parseLocation(location: string): { Bucket: string; Key: string } {
  const match = /^s3[an]?:\/\/([^/]+)\/(.*)$/.exec(location);
  if (!match) throw new Error(`Not a location in S3: ${location}`);
  return { Bucket: match[1]!, Key: match[2]! };
}

/**
 * @returns path of the copy
 * @throws Error that names the object
 */
async function download(s3: S3Client, location: string, folder: string): Promise<string> {
  const file = path.join(folder, path.basename(location));
  const { Body } = await s3.send(new GetObjectCommand(parseLocation(location))).catch((error: Error) => {
    throw new Error(`${location}: ${error.name}: ${error.message}`);
  });
  writeFileSync(file, await Body!.transformToByteArray());
  return file;
}

function eventLogFile(execution: Execution): string | undefined {
  const folder = eventLogFolder(execution);
  const name = existsSync(folder) ? readdirSync(folder).find((entry) => !entry.startsWith('.')) : undefined;
  return name && path.join(folder, name);
}

async function uploadEventLog({ arguments: args }: Execution, { s3 }: RoleClients, file: string | undefined) {
  const location = args['--spark-event-logs-path'];
  if (!file || !location || args['--enable-spark-ui'] !== 'true') return;
  const { Bucket, Key } = parseLocation(location);
  const key = path.posix.join(Key, path.basename(file));
  await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: createReadStream(file) }));
}
