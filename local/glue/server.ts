import { randomUUID } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Authorizer } from './authorizer';
import { Definitions } from './definitions';
import { JobRuns } from './job-runs';
import { Queries, QueryError } from './queries';
import { pass, readAll } from './relay';
import { Definition, Store } from './store';
import { Actions, GlueError } from './wire';
import { WorkflowRuns } from './workflow-runs';

export interface GlueServiceParts {
  store: Store;
  definitions: Definitions;
  jobRuns: JobRuns;
  workflowRuns: WorkflowRuns;
  authorizer: Authorizer;
  queries: Queries;
}

/** Handles requests of Glue's API, which speaks AWS JSON 1.1, and queries of `npm run sql`. */
export function glueHandler({ store, definitions, jobRuns, workflowRuns, authorizer, queries }: GlueServiceParts) {
  const actions: Actions = {
    ...definitions.actions(),
    ...jobRuns.actions(),
    ...workflowRuns.actions(),
    StartCrawler: () => {
      throw new GlueError('OperationNotSupportedException', 'Crawlers are not run here.');
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/health') return void response.writeHead(200).end();
    const body = await readAll(request);
    if (request.url === '/query') return query(parse(body), response);
    const name = String(request.headers['x-amz-target']).split('.').at(-1)!;
    const input = parse(body);
    const action = name.includes('Tag') && !definitions.holds(input.ResourceArn) ? undefined : actions[name];
    const resourceArns = definitions.resourceArns(name, input);
    if (!action) return pass(await authorizer.pass(request, body, name, resourceArns), response);
    const refusal = await authorizer.refusal(request, body, name, resourceArns);
    if (refusal) return pass(refusal, response);
    const output = action(input as never);
    if (!/^(Get|List|BatchGet)/.test(name)) store.save();
    reply(response, 200, output);
  }

  /** A query ends with the connection that asks it. */
  async function query({ statement }: Definition, response: ServerResponse): Promise<void> {
    const ended = new AbortController();
    response.once('close', () => ended.abort());
    reply(response, 200, await queries.run(String(statement), ended.signal));
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: Error) => {
      if (error instanceof GlueError) return reply(response, 400, { __type: error.code, Message: error.message });
      if (error instanceof QueryError) return reply(response, 400, { Message: error.message });
      console.error(error);
      reply(response, 500, { __type: 'InternalServiceException', Message: error.message });
    });
  };
}

function parse(body: Buffer): Definition {
  try {
    return JSON.parse(body.toString() || '{}') as Definition;
  } catch {
    return {};
  }
}

function reply(response: ServerResponse, status: number, output: unknown): void {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() };
  response.writeHead(status, headers).end(JSON.stringify(output));
}
