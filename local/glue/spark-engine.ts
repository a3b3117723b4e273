import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AccountRecord } from '../account';
import { Clients, RoleClients } from './clients';
import { Command, Engine, Execution } from './engine';
import { EventBus } from './event-bus';
import { readEventLog } from './event-log';
import { publishLogs } from './log-streams';
import { publishMetrics } from './metrics';
import { eventLogFolder, eventLogProperties, propertiesFile, sparkProperties, sparkSubmit } from './spark-submit';

/** Runs jobs on Spark, with the credentials of their roles. */
export class SparkEngine implements Engine {
  constructor(
    private readonly account: AccountRecord,
    private readonly clients: Clients,
    private readonly events: EventBus,
  ) {}

  async prepare(execution: Execution): Promise<Command> {
    const { folder, job } = execution;
    mkdirSync(eventLogFolder(execution), { recursive: true });
    const credentials = await this.credentials(execution);
    const { s3 } = this.clients.as(credentials);
    const script = await download(s3, String(job.Command?.ScriptLocation), folder);
    const libraries: string[] = [];
    for (const library of listOf(execution.arguments['--extra-py-files'])) {
      libraries.push(await download(s3, library, folder));
    }
    const properties = path.join(folder, 'spark.properties');
    const conf = execution.arguments['--conf'] ?? '';
    const settings = sparkProperties(execution.record.run.JobName, folder, conf, this.account);
    writeFileSync(properties, propertiesFile({ ...settings, ...eventLogProperties(execution) }));
    return sparkSubmit(execution, this.account, credentials, { script, properties, libraries });
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
