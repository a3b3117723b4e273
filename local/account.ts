import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import getPort from 'get-port';
import { certificateFiles, makeCertificate } from './certificate';
import { emulatorCommand, emulatorEnvironment } from './emulator';
import { paths } from './paths';
import { Daemon, isRunning, startDaemon, stopDaemon, waitUntilReady } from './processes';

/** Where an emulated account answers, and what belongs to it; kept in its folder as `account.json`. */
export interface AccountRecord {
  directory: string;
  region: string;
  /** All services of AWS but Glue and CloudWatch. */
  endpoint: string;
  /** Glue. */
  glueEndpoint: string;
  /** CloudWatch, without its logs. */
  cloudwatchEndpoint: string;
  /** The same services as `endpoint` without TLS, which policies should refuse. */
  plainEndpoint: string;
  processes: Daemon[];
}

/** Credentials of an account's root user, whom nothing is refused. */
export const ROOT_USER = { accessKeyId: 'test', secretAccessKey: 'test' };

/** An emulated AWS account that is up. */
export interface Account extends AccountRecord {
  /** What an AWS SDK or tool in a process of its own needs in order to find the account, as its root user. */
  environment: Record<string, string>;
  /** Ends its processes; its state stays on disk. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Forget what an earlier account of the same folder held. */
  fresh: boolean;
  region: string;
  /** Folder that holds all of its state. @default build/local */
  directory?: string;
}

/**
 * Starts an account, ending the one that may be up in the same folder.
 *
 * @throws Error with the end of the log of the process that does not come up
 */
export async function startAccount({ fresh, region, directory = paths.state }: StartOptions): Promise<Account> {
  await (await runningAccount(directory))?.stop();
  if (fresh) rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.join(directory, 'logs'), { recursive: true });
  await makeCertificate(directory);
  const freePort = () => getPort({ host: '127.0.0.1' });
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
  const [port, gluePort, cloudwatchPort, plainPort] = ports;
  const account = open({
    directory,
    region,
    endpoint: `https://127.0.0.1:${port}`,
    glueEndpoint: `https://127.0.0.1:${gluePort}`,
    cloudwatchEndpoint: `https://127.0.0.1:${cloudwatchPort}`,
    plainEndpoint: `http://127.0.0.1:${plainPort}`,
    processes: [],
  });
  writeFileSync(path.join(directory, 'env.sh'), shellEnvironment(account));
  try {
    await startEmulator(account, port);
    await startGlue(account);
  } catch (error) {
    await account.stop();
    throw error;
  }
  return account;
}

/** The account of a folder, if one is up. */
export async function runningAccount(directory: string = paths.state): Promise<Account | undefined> {
  const file = path.join(directory, 'account.json');
  if (!existsSync(file)) return undefined;
  const record = JSON.parse(readFileSync(file, 'utf8')) as AccountRecord;
  return record.processes.some(isRunning) ? open(record) : undefined;
}

/**
 * Configuration of a client of the JavaScript SDK in this process, as the account's root user.
 *
 * @param service Glue answers at an endpoint of its own
 */
export function clientConfig(
  account: Pick<AccountRecord, 'directory' | 'region' | 'endpoint' | 'glueEndpoint'>,
  service?: 'glue',
) {
  const ca = readFileSync(certificateFiles(account.directory).certificate);
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  return {
    endpoint: service === 'glue' ? account.glueEndpoint : account.endpoint,
    region: account.region,
    credentials: ROOT_USER,
    requestHandler: new NodeHttpHandler({ httpsAgent: new https.Agent({ ca, keepAlive: true }) }),
  };
}

function open(record: AccountRecord): Account {
  return {
    ...record,
    environment: environmentOf(record),
    // The last one started is the first to go: Glue's service uses the emulator until its end.
    async stop() {
      for (const daemon of [...this.processes].reverse()) await stopDaemon(daemon);
    },
  };
}

async function startEmulator(account: Account, port: number): Promise<void> {
  const { directory, region, environment } = account;
  const command = emulatorCommand(directory, port);
  const health = `${account.endpoint}/_ministack/health`;
  await start(account, 'emulator', command, emulatorEnvironment(directory, port, region, environment), health);
}

async function startGlue(account: Account): Promise<void> {
  const main = path.join(__dirname, 'glue', 'main.ts');
  const command: [string, ...string[]] = [process.execPath, '-r', 'ts-node/register', main, account.directory];
  await start(account, 'glue', command, process.env, `${account.glueEndpoint}/health`);
}

async function start(
  account: Account,
  name: string,
  command: [string, ...string[]],
  environment: NodeJS.ProcessEnv,
  health: string,
): Promise<void> {
  const log = path.join(account.directory, 'logs', `${name}.log`);
  save(account);
  const daemon = await startDaemon(name, command, environment, log);
  account.processes.push(daemon);
  save(account);
  await waitUntilReady(daemon, health, readFileSync(certificateFiles(account.directory).certificate, 'utf8'), log);
}

function save(account: Account): void {
  const { directory, region, endpoint, glueEndpoint, cloudwatchEndpoint, plainEndpoint, processes } = account;
  const endpoints = { endpoint, glueEndpoint, cloudwatchEndpoint, plainEndpoint };
  const record: AccountRecord = { directory, region, ...endpoints, processes };
  writeFileSync(path.join(directory, 'account.json'), `${JSON.stringify(record, null, 2)}\n`);
}

function environmentOf({
  directory,
  region,
  endpoint,
  glueEndpoint,
  cloudwatchEndpoint,
}: AccountRecord): Record<string, string> {
  const { certificate } = certificateFiles(directory);
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_GLUE: glueEndpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH: cloudwatchEndpoint,
    AWS_CA_BUNDLE: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
    AWS_ACCESS_KEY_ID: ROOT_USER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT_USER.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** Version 1 of the AWS CLI calls SQS at an address of its own, whatever AWS_ENDPOINT_URL says. */
const QUEUES_HERE = `aws() {
  if [ "$1" = sqs ]; then command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; else command aws "$@"; fi
}`;

function shellEnvironment({ environment }: Account): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  const path = `export PATH='${paths.venv}':"$PATH"`;
  return [...exports, 'unset AWS_PROFILE AWS_SESSION_TOKEN', path, QUEUES_HERE, ''].join('\n');
}
