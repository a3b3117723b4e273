import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  InputLogEvent,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetSecurityConfigurationCommand } from '@aws-sdk/client-glue';
import { Clients, RoleClients } from './clients';
import { Execution } from './engine';

/** A place in CloudWatch Logs, and the file that goes there. */
interface LogTarget {
  group: string;
  stream: string;
  file: 'stdout' | 'stderr';
}

const DEFAULT_PREFIX = '/aws-glue/jobs';
const BATCH_BYTES = 900_000;
const EVENT_BYTES = 200_000;
/** What CloudWatch Logs counts per event beside its text. */
const EVENT_OVERHEAD_BYTES = 26;

/** Sends what a run has written to where Glue does, and with its role's credentials to where the job asks. */
export async function publishLogs(execution: Execution, clients: Clients, role: RoleClients): Promise<void> {
  const { Id } = execution.record.run;
  const errors: Error[] = [];
  const send = async (logs: CloudWatchLogsClient, target: LogTarget) => {
    await putFile(logs, target, path.join(execution.folder, target.file)).catch((error) => errors.push(error as Error));
  };
  await send(clients.logs, { group: `${DEFAULT_PREFIX}/output`, stream: Id, file: 'stdout' });
  await send(clients.logs, { group: `${DEFAULT_PREFIX}/error`, stream: Id, file: 'stderr' });
  const suffix = await encryptedSuffix(execution, clients);
  for (const target of driverTargets(execution)) await send(role.logs, { ...target, group: target.group + suffix });
  if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join('; '));
}

/** Where the driver's output goes: from version 5 on always, before that with continuous logging only. */
export function driverTargets({
  arguments: args,
  job,
  record,
}: Pick<Execution, 'arguments' | 'job' | 'record'>): LogTarget[] {
  if (Number(job.GlueVersion) >= 5) {
    const prefix = args['--custom-logGroup-prefix'] ?? DEFAULT_PREFIX;
    const stream = `${args['--custom-logStream-prefix'] ?? record.run.Id}-driver`;
    return [
      { group: `${prefix}/output`, stream, file: 'stdout' },
      { group: `${prefix}/error`, stream, file: 'stderr' },
    ];
  }
  if (args['--enable-continuous-cloudwatch-log'] !== 'true') return [];
  const group = args['--continuous-log-logGroup'] ?? `${DEFAULT_PREFIX}/logs-v2`;
  const stream = `${args['--continuous-log-logStreamPrefix'] ?? record.run.Id}-driver`;
  return [{ group, stream, file: 'stderr' }];
}

/** Logs that a security configuration encrypts go to groups that bear its name. */
async function encryptedSuffix({ record }: Execution, { glue }: Clients): Promise<string> {
  const Name = record.run.SecurityConfiguration;
  if (!Name) return '';
  const { SecurityConfiguration } = await glue.send(new GetSecurityConfigurationCommand({ Name }));
  const mode = SecurityConfiguration?.EncryptionConfiguration?.CloudWatchEncryption?.CloudWatchEncryptionMode;
  return mode === 'SSE-KMS' ? `-${Name}` : '';
}

async function putFile(logs: CloudWatchLogsClient, { group, stream }: LogTarget, file: string): Promise<void> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const names = { logGroupName: group, logStreamName: stream };
  await createStream(logs, names);
  for (const logEvents of batches(lines, Date.now())) await logs.send(new PutLogEventsCommand({ ...names, logEvents }));
}

/** Makes the stream, and its group where that is missing. */
async function createStream(
  logs: CloudWatchLogsClient,
  names: { logGroupName: string; logStreamName: string },
): Promise<void> {
  const ignoreExisting = (error: unknown) => {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
  };
  const create = () => logs.send(new CreateLogStreamCommand(names)).catch(ignoreExisting);
  await create().catch(async (error: Error) => {
    if (error.name !== 'ResourceNotFoundException') throw error;
    await logs.send(new CreateLogGroupCommand({ logGroupName: names.logGroupName })).catch(ignoreExisting);
    await create();
  });
}

function* batches(lines: string[], timestamp: number): Generator<InputLogEvent[]> {
  let [batch, size] = [[] as InputLogEvent[], 0];
  for (const line of lines) {
    const message = line.slice(0, EVENT_BYTES);
    const bytes = Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
    if (size + bytes > BATCH_BYTES || batch.length === 10_000) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push({ timestamp, message });
    size += bytes;
  }
  if (batch.length > 0) yield batch;
}
