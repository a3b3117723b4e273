import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { arn, type Account } from '../arn';
import type { Naming } from '../naming';

type Statement = DataAwsIamPolicyDocumentStatement;

/**
 * The policy of an endpoint grants nothing: it says what may pass. What a principal may do, its own policies say, so that
 * actions need not be listed twice. Conditions say who passes: the one form that gateway endpoints know.
 */
const ANYONE = [{ type: '*', identifiers: ['*'] }];

/** Principals of this account, with whatever they may do. Others could carry data out with credentials of their own. */
export function ownPrincipals({ accountId }: Account): Statement[] {
  return [{ principals: ANYONE, actions: ['*'], resources: ['*'], condition: [isOwn('Principal', accountId)] }];
}

/** This environment's tables. */
export function ownTables(account: Account & { readonly naming: Naming }): Statement[] {
  const { naming, accountId } = account;
  const tables = [naming.jobStateTable, naming.jobBookmarksTable];
  return [
    {
      principals: ANYONE,
      actions: ['dynamodb:*'],
      resources: tables.map((table) => arn(account, 'dynamodb', `table/${table}`)),
      condition: [isOwn('Principal', accountId)],
    },
  ];
}

/**
 * This environment's buckets, those that data sets come from, to read, and AWS's own ones that Glue reads.
 *
 * @param foreign names of the buckets that data sets come from. A policy of 20,480 characters has room for about a hundred
 */
export function knownBuckets(
  { naming, accountId, region, partition }: Account & { readonly naming: Naming },
  foreign: readonly string[],
): Statement[] {
  const bucket = (name: string) => `arn:${partition}:s3:::${name}`;
  const own = bucket(`${naming.prefix}-*`);
  const statements = [
    {
      principals: ANYONE,
      actions: ['s3:*'],
      resources: [own, `${own}/*`],
      // Of a name that begins so, anyone may own a bucket.
      condition: [isOwn('Principal', accountId), isOwn('Resource', accountId)],
    },
    {
      principals: ANYONE,
      actions: ['s3:GetObject'],
      resources: glueBuckets(region).map((name) => bucket(`${name}/*`)),
    },
  ];
  if (foreign.length === 0) return statements;
  const read = {
    principals: ANYONE,
    actions: ['s3:GetObject', 's3:GetObjectTagging', 's3:ListBucket'],
    resources: foreign.flatMap((name) => [bucket(name), bucket(`${name}/*`)]),
    condition: [isOwn('Principal', accountId)],
  };
  return [...statements, read];
}

/**
 * Where Glue has libraries of Data Quality, and transforms of its visual editor. Sources: AWS Glue developer guide,
 * "Troubleshooting AWS Glue Data Quality errors"; aws-samples/data-perimeter-policy-examples, service_owned_resources.md.
 */
function glueBuckets(region: string): string[] {
  return [`aws-glue-ml-data-quality-assets-${region}`, `aws-glue-studio-transforms-*-prod-${region}`];
}

function isOwn(what: 'Principal' | 'Resource', accountId: string) {
  return { test: 'StringEquals', variable: `aws:${what}Account`, values: [accountId] };
}
