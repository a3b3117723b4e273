import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import { everyEnvironment } from '../infrastructure/synth';
import { judge } from './judge';
import { policies } from './policies';

interface Finding {
  /** Name of the policy's document. */
  readonly policy: string;
  readonly severity: string;
  readonly issue: string;
  /** An action, or a text. */
  readonly about: string;
}

interface Accepted {
  readonly policy: RegExp;
  readonly issue: string;
  readonly about: RegExp;
  readonly reason: string;
}

/** What the linter says of policies that have no other form, or whose form AWS documents. */
const ACCEPTED: Accepted[] = [
  {
    policy: /_key_policy_|-key_policy_/,
    issue: 'RESOURCE_STAR',
    about: /^kms:/,
    reason: 'In the policy of a key, * is that key',
  },
  {
    policy: /_endpoints_(s3|dynamodb)-policy_/,
    issue: 'RESOURCE_MISMATCH',
    about: /^(s3|dynamodb):/,
    reason: 'It bounds what else is allowed, whichever action that is, to buckets and tables of this environment',
  },
  {
    policy: /^security_logs-key_policy_/,
    issue: 'MISMATCHED_TYPE',
    about: /ArnLike/,
    reason: 'CloudWatch Logs sends an ARN in its context, and its user guide compares it so',
  },
  {
    policy: /^security_logs-key_policy_/,
    issue: 'UNKNOWN_CONDITION_FOR_ACTION',
    about: /kms:DescribeKey$/,
    reason: 'As the user guide of CloudWatch Logs has it',
  },
  {
    policy: /bucket_policy-document_/,
    issue: 'MISMATCHED_TYPE_BUT_USABLE',
    about: /StringNotEquals/,
    reason: 'The key in the header of an upload is compared letter by letter',
  },
  {
    policy: /^glue_ingest.*permissions_/,
    issue: 'UNKNOWN_ACTION',
    about: /sqs:DeleteMessageBatch/,
    reason: 'AWS asks for DeleteMessage, emulators for the name of the call',
  },
];

const matches = (finding: Finding) => (accepted: Accepted) =>
  accepted.policy.test(finding.policy) && accepted.issue === finding.issue && accepted.about.test(finding.about);

function lint(stack: Parameters<typeof policies>[0]): { count: number; findings: Finding[] } {
  const input = policies(stack);
  const lines = execFileSync(judge('python'), ['-W', 'ignore', path.join(__dirname, 'lint_policies.py')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const findings = lines.split('\n').filter(Boolean);
  return { count: Object.keys(input).length, findings: findings.map((line) => JSON.parse(line) as Finding) };
}

const linted = everyEnvironment
  .filter(([name]) => !loadEnvironment(name).provider.emulated)
  .map(([name, stack]) => ({ name, ...lint(stack) }));

test.each(linted)(
  'parliament finds nothing in the policies of $name that has no reason',
  ({ name, count, findings }) => {
    const open = findings.filter((finding) => !ACCEPTED.some(matches(finding)));
    process.stdout.write(
      `parliament, ${name}: ${count} policies, ${open.length} findings, ${findings.length - open.length} accepted\n`,
    );
    expect(open).toEqual([]);
  },
);

test('every reason is needed', () => {
  const findings = linted.flatMap((each) => each.findings);
  expect(ACCEPTED.filter((accepted) => !findings.some((finding) => matches(finding)(accepted)))).toEqual([]);
});
