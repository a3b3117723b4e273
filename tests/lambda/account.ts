import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRun } from '@aws-sdk/client-glue';

const EMULATOR = path.join(__dirname, '../../build/emulator/bin/ministack');
const START_SECONDS = 15;

/** An emulated AWS account over plain HTTP, without IAM, with a Glue of its own that knows job runs by their id. */
export class Account {
  private constructor(
    readonly endpoint: string,
    readonly jobRuns: Map<string, JobRun>,
    private readonly emulator: ChildProcess,
    private readonly glue: Server,
  ) {}

  /** Starts the account, and points the AWS SDKs of this process to it. */
  static async start(): Promise<Account> {
    const jobRuns = new Map<string, JobRun>();
    const glue = glueService(jobRuns).listen(0, '127.0.0.1');
    await once(glue, 'listening');
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const env = { ...process.env, GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1' };
    const emulator = spawn(EMULATOR, [], { env, stdio: 'ignore' });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_GLUE: `http://127.0.0.1:${(glue.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    const account = new Account(endpoint, jobRuns, emulator, glue);
    await account.untilReady();
    return account;
  }

  async stop(): Promise<void> {
    this.glue.close();
    this.emulator.kill();
    await once(this.emulator, 'exit');
  }

  /** Calls SQS, for which no SDK client is installed. */
  async sqs<T>(action: string, parameters: object): Promise<T> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': `AmazonSQS.${action}`, 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify(parameters),
    });
    return (await response.json()) as T;
  }

  private async untilReady(): Promise<void> {
    for (let attempt = 0; attempt < START_SECONDS * 10; attempt++) {
      const response = await fetch(`${this.endpoint}/_ministack/health`).catch(() => null);
      if (response?.ok) {
        return;
      }
      await sleep(100);
    }
    await this.stop();
    throw new Error(`${EMULATOR} did not answer within ${START_SECONDS} s`);
  }
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Glue's GetJobRun. */
function glueService(jobRuns: Map<string, JobRun>): Server {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const { RunId } = JSON.parse(Buffer.concat(chunks).toString()) as { RunId: string };
    const run = jobRuns.get(RunId);
    response.writeHead(run ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    // The protocol gives times in seconds.
    const toEpoch = (_: string, value: unknown) =>
      typeof value === 'string' && /^\d{4}-.*Z$/.test(value) ? Date.parse(value) / 1000 : value;
    const body = run
      ? { JobRun: JSON.parse(JSON.stringify(run), toEpoch) }
      : { __type: 'EntityNotFoundException', Message: `no run ${RunId}` };
    response.end(JSON.stringify(body));
  });
}
