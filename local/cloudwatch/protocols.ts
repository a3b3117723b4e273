import { IncomingHttpHeaders } from 'node:http';

/** A call of CloudWatch, whichever protocol it came by. */
export interface Call {
  readonly action: string;
  readonly input: Record<string, unknown>;
  /** The body of the same call with another value of a parameter. */
  readonly with: (name: string, value: number) => Buffer;
  /** The body of an answer that says of each alarm what `complete` makes of what it says. */
  readonly completed: (answer: Buffer, complete: Complete) => Buffer;
}

/** All of an alarm, of the part that the emulator tells. */
export type Complete = (alarm: Record<string, unknown>) => Record<string, unknown>;

const NUMBERS = ['Threshold', 'Period', 'EvaluationPeriods', 'DatapointsToAlarm'];
/** What the emulator tells in XML that was not put. */
const TOLD = ['AlarmName', 'AlarmArn', 'StateValue', 'StateReason'];

/** Reads a call in JSON, as the AWS CLI makes it, or of the query protocol, as Terraform does; undefined for others. */
export function readCall(headers: IncomingHttpHeaders, body: Buffer): Call | undefined {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) return readQuery(body.toString());
  if (type.startsWith('application/x-amz-json')) {
    return readJson(String(headers['x-amz-target']).split('.').at(-1)!, body.toString());
  }
  return undefined;
}

function readJson(action: string, body: string): Call {
  const input = JSON.parse(body || '{}') as Record<string, unknown>;
  return {
    action,
    input,
    with: (name, value) => Buffer.from(JSON.stringify({ ...input, [name]: value })),
    completed: (answer, complete) => {
      const output = JSON.parse(answer.toString()) as Record<string, Record<string, unknown>[]>;
      const all = ['MetricAlarms', 'CompositeAlarms'].map((name) => [name, (output[name] ?? []).map(complete)]);
      return Buffer.from(JSON.stringify({ ...output, ...Object.fromEntries(all) }));
    },
  };
}

function readQuery(body: string): Call {
  const { Action, ...parameters } = parseQuery(body);
  const input = Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'Version'));
  return {
    action: String(Action),
    input,
    with: (name, value) => {
      const parameters = new URLSearchParams(body);
      parameters.set(name, String(value));
      return Buffer.from(parameters.toString());
    },
    completed: (answer, complete) => {
      const alarms = answer.toString().replace(/<member>(<AlarmName>.*?)<\/member>/gs, (_, content: string) => {
        const told = TOLD.map((name) => [name, new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(content)?.[1] ?? '']);
        return `<member>${toXml(complete(Object.fromEntries(told) as Record<string, string>))}</member>`;
      });
      return Buffer.from(alarms);
    },
  };
}

/** Reads a request of the query protocol: `A.member.1.B=c` is `{ A: [{ B: 'c' }] }`. */
export function parseQuery(body: string): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(body)) {
    const keys = name.replaceAll('.member.', '.').split('.');
    let at = root;
    for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    at[keys.at(-1)!] = toValue(keys.at(-1)!, value);
  }
  return toLists(root) as Record<string, unknown>;
}

function toValue(name: string, text: string): unknown {
  if (NUMBERS.includes(name)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

function toLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, toLists(each)] as const);
  const isList = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key));
  return isList ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

/** Writes a part of an answer. */
function toXml(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => `<member>${toXml(each)}</member>`).join('');
  if (typeof value !== 'object' || value === null) {
    return String(value).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  }
  return Object.entries(value)
    .map(([name, each]) => `<${name}>${toXml(each)}</${name}>`)
    .join('');
}
