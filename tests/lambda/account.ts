import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRun, Workflow, WorkflowRun } from '@aws-sdk/client-glue';
import getPort from 'get-port';

const EMULATOR = path.join(__dirname, '../../build/emulator/bin/ministack');
const START_SECONDS = 60;

/** What Glue holds: job runs by their id, workflows with their runs, the latest first, by the workflow's name. */
export class GlueContents {
  readonly jobRuns = new Map<string, JobRun>();
  readonly workflows = new Map<string, { workflow: Workflow; runs: WorkflowRun[] }>();
}

/** An emulated AWS account over plain HTTP, without IAM, with a Glue of its own. */
export class Account {
  private constructor(
    readonly endpoint: string,
    readonly contents: GlueContents,
    private readonly emulator: ChildProcess,
    private readonly glue: Server,
  ) {}

  /** Starts the account, and points the AWS SDKs of this process to it. */
  static async start(): Promise<Account> {
    const contents = new GlueContents();
    const glue = glueService(contents).listen(0, '127.0.0.1');
    await once(glue, 'listening');
    const port = await getPort({ host: '127.0.0.1' });
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
    const account = new Account(endpoint, contents, emulator, glue);
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

/** The calls of Glue that the function makes, page by page. */
export function glueService(contents: GlueContents): Server {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const action = String(request.headers['x-amz-target']).split('.').at(-1)!;
    const answer = answerOf(contents, action, JSON.parse(Buffer.concat(chunks).toString()) as Input);
    const isError = '__type' in answer;
    response.writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(toWire(answer));
  });
}

interface Input {
  readonly JobName?: string;
  readonly RunId?: string;
  readonly Name?: string;
  readonly Names?: string[];
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

/** What Glue answers to a call. */
export function answerOf({ jobRuns, workflows }: GlueContents, action: string, input: Input): object {
  const { RunId = '', JobName, Names = [], Name = '' } = input;
  switch (action) {
    case 'GetJobRun': {
      const JobRun = jobRuns.get(RunId);
      return JobRun ? { JobRun } : { __type: 'EntityNotFoundException', Message: `no run ${RunId}` };
    }
    case 'GetJobRuns': {
      const runs = [...jobRuns.values()].filter((run) => run.JobName === JobName);
      return paged(
        'JobRuns',
        runs.sort((a, b) => Number(b.StartedOn) - Number(a.StartedOn)),
        input,
      );
    }
    case 'BatchGetWorkflows':
      return {
        Workflows: Names.flatMap((name) => {
          const found = workflows.get(name);
          return found ? [{ ...found.workflow, Name: name, LastRun: found.runs[0] }] : [];
        }),
      };
    case 'GetWorkflowRuns':
      return paged('Runs', workflows.get(Name)?.runs ?? [], input);
    default:
      return { __type: 'InvalidInputException', Message: `${action} is not answered here` };
  }
}

function paged(field: string, items: readonly object[], { NextToken = '0', MaxResults = 100 }: Input): object {
  const end = Number(NextToken) + MaxResults;
  return { [field]: items.slice(Number(NextToken), end), ...(end < items.length && { NextToken: String(end) }) };
}

/** The protocol gives times in seconds. */
export function toWire(answer: object): string {
  return JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? Date.parse(value) / 1000 : value,
  );
}
