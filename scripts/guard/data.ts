import { changes, physicalName, type Change, type Plan } from './plan';
import type { Finding } from './rules';

/** Types of resources with which something is lost that no apply makes again. */
const HOLDS: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_group: 'its log events',
  aws_dynamodb_table: 'its items: the ledger of batches, or the state of jobs',
  aws_glue_catalog_database: 'its tables, and with them where their data is',
  aws_glue_catalog_table: 'where its data is',
  aws_kms_key: 'all that is encrypted with it',
  aws_kms_replica_key: 'all that is encrypted with it in that Region',
  aws_s3_bucket: 'its objects and their versions',
  aws_secretsmanager_secret: 'its values',
  aws_sqs_queue: 'its messages: which objects are new',
};

/** Buckets, tables, keys, log groups and the like that would be deleted, whether or not others take their place. */
export function dataLoss(plan: Plan): Finding[] {
  return changes(plan).flatMap(({ kind, change }) => {
    const lost = HOLDS[change.type];
    if (lost === undefined || (kind !== 'replace' && kind !== 'destroy')) return [];
    return [finding('data-loss', change, `${kind}s ${physicalName(change)}: ${lost} would be lost`)];
  });
}

/** Jobs that would be replaced: Glue keeps a bookmark with the job, by its name. */
export function jobBookmarks(plan: Plan): Finding[] {
  return changes(plan)
    .filter(({ kind, change }) => kind === 'replace' && change.type === 'aws_glue_job')
    .map(({ change }) => {
      const text = `replaces ${physicalName(change)}: its bookmark and its runs would be lost`;
      return finding('job-replacement', change, text);
    });
}

function finding(rule: Finding['rule'], { address, action_reason }: Change, text: string): Finding {
  return { rule, address, text, ...(action_reason === 'replace_because_tainted' && { isHalfMade: true }) };
}
