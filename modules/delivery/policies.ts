/** A policy of IAM, as AWS reads it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Verbs that change nothing. */
const READS = /:(Get|List|Describe|Head|View|BatchGet|Query)/;
/** Of a table's items, a plan reads who holds the lock of the state. */
const ITEMS = /^dynamodb:(GetItem|Query)$/;
const isLock = (resource: string) => resource.endsWith('-terraform-locks');

/** What of a policy changes nothing, which is what a plan does; undefined where that is nothing. */
export function readOnly({ Version, Statement }: PolicyDocument): PolicyDocument | undefined {
  const reading = Statement.map((statement) => ({
    ...statement,
    Action: statement.Action.filter(
      (action) =>
        (READS.test(action) || action === 'kms:Decrypt') && (!ITEMS.test(action) || statement.Resource.every(isLock)),
    ),
  })).filter(({ Effect, Action }) => Effect === 'Allow' && Action.length > 0);
  return reading.length > 0 ? { Version, Statement: reading } : undefined;
}

export function policy(...Statement: PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement };
}
