import http, { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';

/** An answer as it came. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Passes requests to another server as they are: their signatures cover path, headers (with the host) and body. */
export class Relay {
  private readonly agent: https.Agent;

  constructor(
    private readonly endpoint: string,
    ca: Buffer,
  ) {
    this.agent = new https.Agent({ ca, keepAlive: true });
  }

  /** Sends a request whose body has been read. */
  ask(request: IncomingMessage, body: Buffer): Promise<Answer> {
    return this.send(request, request.rawHeaders, body);
  }

  /** Sends it, or another body, as the account's root user, whose signature the emulator does not check. */
  askAsRoot(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const headers = { ...request.headers };
    delete headers['x-amz-security-token'];
    headers['content-length'] = String(body.length);
    headers.authorization = headers.authorization?.replace(/Credential=[^/]+/, 'Credential=test');
    return this.send(request, Object.entries(headers).flat() as string[], body);
  }

  private send(request: IncomingMessage, headers: string[], body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = this.open(request, headers);
      outgoing.once('error', reject).once('response', async (response) => {
        resolve({ status: response.statusCode!, headers: response.headers, body: await readAll(response) });
      });
      outgoing.end(body);
    });
  }

  /** A server that passes on what reaches it without TLS, and says so: the services take the word of a proxy for it. */
  plainServer(): http.Server {
    return http.createServer((request, response) => {
      const outgoing = this.open(request, [...request.rawHeaders, 'X-Forwarded-Proto', 'http']);
      outgoing.once('error', () => response.writeHead(502).end());
      outgoing.once('response', (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(outgoing);
    });
  }

  private open({ method, url }: IncomingMessage, headers: string[]): http.ClientRequest {
    return https.request(new URL(url ?? '/', this.endpoint), { method, headers, agent: this.agent });
  }
}

export async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Hands an answer on; what belongs to the connection that it came by stays behind. */
export function pass({ status, headers, body }: Answer, response: ServerResponse): void {
  const kept = Object.entries(headers).filter(
    ([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name),
  );
  response.writeHead(status, Object.fromEntries(kept)).end(body);
}
