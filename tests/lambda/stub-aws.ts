import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { answerOf, GlueContents, toWire } from './account';

type Item = Record<string, Record<string, string>>;

interface Call {
  readonly service: 'glue' | 'dynamodb' | 'logs' | 'cloudwatch' | 's3' | 'sns';
  readonly action: string;
  readonly body: Buffer;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

interface DynamoDbInput {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ExpressionAttributeValues?: Item;
  readonly ConditionExpression?: string;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/**
 * The calls of AWS that the function makes, answered over HTTP from memory: as quick as it takes to see thousands of events
 * through. Conditions hold, and throttled calls are refused the way that each service does it.
 */
export class StubAws {
  readonly glue = new GlueContents();
  /** The object of data sets. */
  datasets = '[]';
  /** Items by table, then by key. */
  readonly items = new Map<string, Map<string, Item>>();
  /** How often each object was written. */
  readonly writes = new Map<string, number>();
  /** Sums of metrics by name, dimension and whose they are. */
  readonly sums = new Map<string, number>();
  readonly mails: string[] = [];
  /** Says of each call whether it is refused. */
  isThrottled: () => boolean = () => false;
  calls = 0;
  throttled = 0;
  private readonly etags = new Map<string, { etag: string; at: string }>();
  readonly server: Server = createServer((request, response) => {
    this.handle(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const call = callOf(request, body);
    this.calls += 1;
    const isThrottled = this.isThrottled();
    this.throttled += Number(isThrottled);
    const { status = 200, headers = {}, body: answer = '' } = isThrottled ? refusal(call) : this.answer(call);
    response.writeHead(status, headers).end(answer);
  }

  private answer(call: Call): Answer {
    switch (call.service) {
      case 'glue':
        return { body: toWire(answerOf(this.glue, call.action, JSON.parse(call.body.toString()))) };
      case 'dynamodb':
        return this.dynamodb(call.action, JSON.parse(call.body.toString()));
      case 'logs':
        return { body: '{"events":[]}' };
      case 'cloudwatch':
        return this.cloudwatch(call);
      case 's3':
        return this.s3(call);
      case 'sns':
        this.mails.push(new URLSearchParams(call.body.toString()).get('Message')!);
        return { body: '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>' };
    }
  }

  private dynamodb(action: string, input: DynamoDbInput): Answer {
    // Of what validate has left.
    if (action === 'BatchGetItem') return { body: '{"Responses":{}}' };
    const { TableName, Key, Item, ExpressionAttributeValues: values = {}, ConditionExpression = '' } = input;
    const table = this.items.get(TableName) ?? new Map<string, Item>();
    this.items.set(TableName, table);
    const key = Object.values((Key ?? Item)!)[0]!['S']!;
    const found = table.get(key);
    switch (action) {
      case 'GetItem':
        return { body: JSON.stringify(found ? { Item: found } : {}) };
      case 'DeleteItem':
        table.delete(key);
        return { body: '{}' };
      case 'UpdateItem':
        table.set(key, { ...found, status: values[':status']!, expires_at: values[':expiry']! });
        return { body: '{}' };
      case 'PutItem':
        if (!isMet(ConditionExpression, values, found)) {
          const error = { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', Item: found };
          return { status: 400, body: JSON.stringify(error) };
        }
        table.set(key, Item!);
        return { body: '{}' };
      default:
        throw new Error(`DynamoDB's ${action} is not answered here`);
    }
  }

  private cloudwatch({ action, body }: Call): Answer {
    if (action === 'GetMetricData') return { body: '{"MetricDataResults":[]}' };
    for (const { MetricName, Dimensions, Value } of JSON.parse(body.toString()).MetricData) {
      const series = `${MetricName} ${Dimensions[0].Name} ${Dimensions[0].Value}`;
      this.sums.set(series, (this.sums.get(series) ?? 0) + Value);
    }
    return { body: '{}' };
  }

  private s3({ action, path, headers, body }: Call): Answer {
    const found = this.etags.get(path);
    if (action === 'GET') return { body: this.datasets };
    if (action === 'HEAD') return { headers: { etag: found!.etag, 'x-amz-meta-at': found!.at } };
    const expected = headers['if-match'];
    if ((headers['if-none-match'] && found) || (expected && expected !== found?.etag)) {
      return { status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' };
    }
    const writes = (this.writes.get(path) ?? 0) + 1;
    this.writes.set(path, writes);
    this.etags.set(path, { etag: `"${writes}"`, at: String(headers['x-amz-meta-at'] ?? body.length) });
    return { headers: { etag: `"${writes}"` } };
  }

  /** When what stands under a key ended, of the latest report of a data set. */
  latest(path: string): string | undefined {
    return this.etags.get(path)?.at;
  }
}

const TARGETS: Record<string, Call['service']> = {
  AWSGlue: 'glue',
  DynamoDB_20120810: 'dynamodb',
  Logs_20140328: 'logs',
  GraniteServiceVersion20100801: 'cloudwatch',
};

function callOf({ headers, url = '', method = '' }: IncomingMessage, body: Buffer): Call {
  const [target, action = ''] = String(headers['x-amz-target'] ?? '').split('.');
  const path = url.split('?')[0]!;
  if (target) return { service: TARGETS[target]!, action, body, path, headers };
  return { service: path === '/' ? 'sns' : 's3', action: method, body, path, headers };
}

function refusal({ service }: Call): Answer {
  const error = { __type: 'ThrottlingException', message: 'Rate exceeded' };
  switch (service) {
    case 's3':
      return { status: 503, body: '<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>' };
    case 'sns':
      return { status: 400, body: '<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>' };
    default:
      return { status: 400, body: JSON.stringify(error) };
  }
}

/** The conditions that are in use: of a record of what is being done, and of what is remembered. */
function isMet(condition: string, values: Item, found: Item | undefined): boolean {
  if (condition === '') return true;
  if (condition === 'version = :version') return found?.['version']?.['N'] === values[':version']!['N'];
  if (!condition.startsWith('attribute_not_exists(')) throw new Error(`unknown condition: ${condition}`);
  const until = Number(found?.['in_progress_expiration']?.['N'] ?? Infinity);
  const isAbandoned = found?.['status']?.['S'] === 'INPROGRESS' && until < Date.now();
  return found === undefined || isAbandoned;
}
