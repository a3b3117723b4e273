import { IncomingMessage } from 'node:http';
import {
  DeleteCrawlerCommand,
  DeleteJobCommand,
  DeleteTriggerCommand,
  DeleteWorkflowCommand,
} from '@aws-sdk/client-glue';
import { Clients } from './clients';
import { Answer, Relay } from './relay';

/** What the emulator answers once a caller has been let in; any other refusal is one of the caller. */
const AFTER_AUTHORIZATION = new Set([
  'AlreadyExistsException',
  'ConcurrentRunsExceededException',
  'CrawlerRunningException',
  'EntityNotFoundException',
  'InvalidAction',
  'InvalidInputException',
]);

/**
 * Puts each call that is answered here to the emulator first: it checks signature and policies before it looks at the
 * call. So that the call has no effect there, the emulator is never left with a definition that is held here.
 */
export class Authorizer {
  constructor(
    private readonly relay: Relay,
    private readonly clients: Clients,
  ) {}

  /** @returns the refusal, or undefined where the caller may go on */
  async refusal(
    request: IncomingMessage,
    body: Buffer,
    action: string,
    resourceArns: readonly string[],
  ): Promise<Answer | undefined> {
    const answer = await this.relay.ask(request, body);
    if (answer.status === 200) await this.removeCopy(action, body);
    const code = answer.status < 400 || answer.status >= 500 ? undefined : errorOf(answer).code;
    if (!code || AFTER_AUTHORIZATION.has(code)) return undefined;
    return (await this.allows(answer, action, resourceArns)) ? undefined : answer;
  }

  /** Passes a call on that is answered by the emulator. */
  async pass(request: IncomingMessage, body: Buffer, action: string, resourceArns: readonly string[]): Promise<Answer> {
    const answer = await this.relay.ask(request, body);
    const isRefused = answer.status === 400 || answer.status === 403;
    const mistaken = isRefused && (await this.allows(answer, action, resourceArns));
    return mistaken ? this.relay.askAsRoot(request, body) : answer;
  }

  /** The emulator takes most names in calls of Glue for those of tables: asks again, for the resources that are meant. */
  private async allows(refusal: Answer, action: string, resourceArns: readonly string[]): Promise<boolean> {
    if (resourceArns.length === 0) return false;
    const { code, message } = errorOf(refusal);
    if (code !== 'AccessDeniedException') return false;
    const principal = /^User: (\S+) is not authorized/.exec(message)?.[1];
    if (!principal || message.includes('explicit deny')) return false;
    return this.clients.allows(identityOf(principal), `glue:${action}`, ...resourceArns);
  }

  private async removeCopy(action: string, body: Buffer): Promise<void> {
    const { Name } = JSON.parse(body.toString() || '{}') as { Name: string };
    const { glue } = this.clients;
    if (action === 'CreateJob') await glue.send(new DeleteJobCommand({ JobName: Name }));
    if (action === 'CreateTrigger') await glue.send(new DeleteTriggerCommand({ Name }));
    if (action === 'CreateWorkflow') await glue.send(new DeleteWorkflowCommand({ Name }));
    if (action === 'CreateCrawler') await glue.send(new DeleteCrawlerCommand({ Name }));
  }
}

/** The role behind the ARN of a session, or the user's own ARN. */
function identityOf(principal: string): string {
  const session = /^arn:(\S+?):sts::(\d+):assumed-role\/([^/]+)\//.exec(principal);
  return session ? `arn:${session[1]}:iam::${session[2]}:role/${session[3]}` : principal;
}

function errorOf({ body }: Answer): { code: string; message: string } {
  const { __type = 'Unknown', message, Message } = JSON.parse(body.toString()) as Record<string, string | undefined>;
  return { code: __type.split('#').at(-1)!, message: message ?? Message ?? '' };
}
