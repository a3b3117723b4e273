import { readObjects } from '../storage/statements';
import {
  catalog,
  combined,
  joinNetwork,
  readTables,
  writeLogs,
  type PermissionProps,
  type Statement,
} from './permissions';

/** Where in the bucket for temporary objects sessions may write. */
const FOLDER = 'sessions/';

/** Log groups that Glue writes to for sessions: under a security configuration they end in its name. */
export function sessionLogGroups(securityConfiguration: string): string[] {
  return ['error', 'output'].map((stream) => `/aws-glue/sessions/${stream}-${securityConfiguration}`);
}

/** What an interactive session does: it reads processed and curated tables, and writes to its own folder alone. */
export function sessionStatements(props: PermissionProps): Statement[] {
  const { naming, security, storage, network } = props;
  const key = security.keyArns.data;
  const temporary = `${storage.buckets.temp.arn}/${FOLDER}*`;
  return combined([
    ...(['processed', 'curated'] as const).flatMap((zone) => [
      ...readTables(props, zone),
      { actions: ['glue:GetTables'], resources: catalog(props, naming.database(zone)) },
    ]),
    // The jobs' own code, to try it.
    ...readObjects(storage.buckets.scripts.arn, ['packages/'], key),
    { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [temporary] },
    {
      actions: ['s3:ListBucket'],
      resources: [storage.buckets.temp.arn],
      condition: [{ test: 'StringLike', variable: 's3:prefix', values: [`${FOLDER}*`] }],
    },
    { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key] },
    ...writeLogs(props, sessionLogGroups(security.securityConfiguration)),
    ...(network ? joinNetwork(props, network) : []),
  ]);
}
