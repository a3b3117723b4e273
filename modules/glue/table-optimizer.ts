import { arn } from '../arn';
import type { PermissionProps, Statement } from './permissions';

/** Zones whose tables are kept in shape. */
const ZONES = ['processed', 'curated'] as const;
/** Groups that the optimizers of all tables of an account write to; their names are AWS's. */
const LOG_GROUPS = ['compaction', 'retention', 'orphan-file-deletion'].map((type) => `/aws-glue/iceberg-${type}/logs`);

/**
 * What the optimizers of tables do: they join small files, and remove snapshots that have expired and files that belong to
 * none. Source: AWS Glue developer guide, "Table optimization prerequisites".
 */
export function optimizerStatements(props: PermissionProps): Statement[] {
  const { naming, security, storage } = props;
  const buckets = ZONES.map((zone) => storage.buckets[zone].arn);
  const tables = ZONES.map((zone) => naming.database(zone)).flatMap((name) => [`database/${name}`, `table/${name}/*`]);
  return [
    {
      actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      resources: buckets.map((bucket) => `${bucket}/*`),
    },
    { actions: ['s3:ListBucket'], resources: buckets },
    { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [security.keyArns.data] },
    {
      actions: ['glue:GetTable', 'glue:UpdateTable'],
      resources: ['catalog', ...tables].map((name) => arn(props, 'glue', name)),
    },
    {
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: LOG_GROUPS.map((group) => arn(props, 'logs', `log-group:${group}:*`)),
    },
  ];
}

/**
 * What a job does to have the tables that it makes looked after; nothing where the environment has no role for it.
 *
 * @param tables ARNs
 */
export function switchOnStatements({ tableOptimizerRole }: PermissionProps, tables: string[]): Statement[] {
  if (tableOptimizerRole === undefined) return [];
  return [
    { actions: ['glue:CreateTableOptimizer', 'glue:UpdateTableOptimizer'], resources: tables },
    {
      actions: ['iam:PassRole'],
      resources: [tableOptimizerRole],
      condition: [{ test: 'StringEquals', variable: 'iam:PassedToService', values: ['glue.amazonaws.com'] }],
    },
  ];
}
