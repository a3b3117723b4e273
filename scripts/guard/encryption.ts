import { statementsAfter, statementsBefore, type Statement } from './documents';
import { changes, type Change, type Plan, type Value } from './plan';
import type { Finding } from './rules';

const KMS = 'aws:kms';

/** Buckets that would lose their encryption, their key, or what refuses uploads and calls that are not encrypted. */
export function encryption(plan: Plan): Finding[] {
  const isDestroyed = new Set(
    changes(plan)
      .filter(({ kind, change }) => kind === 'destroy' && change.type === 'aws_s3_bucket')
      .map(({ change }) => change.change.before?.bucket),
  );
  return changes(plan).flatMap(({ change }) => {
    const { before } = change.change;
    // What goes with its bucket is the matter of another rule.
    if (before === null || isDestroyed.has(before.bucket)) return [];
    const texts = [...weakerDefaults(change, before), ...lostDenials(plan, change)];
    return texts.map((text): Finding => ({ rule: 'encryption', address: change.address, text }));
  });
}

function weakerDefaults({ type, change: { after } }: Change, before: Record<string, Value>): string[] {
  if (type !== 'aws_s3_bucket_server_side_encryption_configuration') return [];
  const [had, has] = [defaults(before), defaults(after)];
  if (after === null) return [`takes the encryption of ${before.bucket} away`];
  if (had.algorithm?.startsWith(KMS) && !has.algorithm?.startsWith(KMS)) {
    return [`encrypts ${before.bucket} with ${has.algorithm} instead of a key of KMS`];
  }
  // A key that is known after the apply only is another one, too.
  return had.key && had.key !== has.key ? [`encrypts ${before.bucket} with another key than ${had.key}`] : [];
}

function defaults(values: Record<string, Value> | null): { algorithm?: string; key?: string } {
  const { sse_algorithm, kms_master_key_id } = values?.rule?.[0]?.apply_server_side_encryption_by_default?.[0] ?? {};
  return { algorithm: sse_algorithm, key: kms_master_key_id || undefined };
}

/** What a bucket's policy refuses that it would no longer. */
function lostDenials(plan: Plan, change: Change): string[] {
  if (change.type !== 'aws_s3_bucket_policy') return [];
  const kept = new Set(denials(statementsAfter(plan, change, 'policy')));
  const lost = denials(statementsBefore(change, 'policy')).filter((denial) => !kept.has(denial));
  return lost.map((denial) => `no longer refuses ${denial} in ${change.change.before?.bucket}`);
}

/** Actions and conditions; resources may be known after the apply only. */
function denials(statements: readonly Statement[]): string[] {
  return statements
    .filter(({ effect }) => effect === 'Deny')
    .map(({ actions, conditions }) => `${[...actions].sort().join(', ')} if ${[...conditions].sort().join(' and ')}`);
}
