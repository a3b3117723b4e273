import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import type { Environment } from '../../environments/schema';
import { arn, type Account } from '../arn';
import type { DataSet } from '../contract/data-set';
import type { BucketPurpose, Naming, Stage, Zone } from '../naming';
import type { NetworkingOutputs } from '../networking';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import { readItems, readObjects, writeItems, writeObjects } from '../storage/statements';
import { outputLogGroups } from './arguments';
import { sourceStatements } from './source-permissions';

export type Statement = DataAwsIamPolicyDocumentStatement;

export interface PermissionProps extends Account {
  readonly naming: Naming;
  readonly config: Environment['glue'];
  readonly datasets: readonly DataSet[];
  readonly networking: NetworkingOutputs;
  readonly security: SecurityOutputs;
  readonly storage: StorageOutputs;
  /** Empty for jobs outside of the VPC. */
  readonly connectionArns: readonly string[];
}

/**
 * What the job of a stage does, of any data set: a role belongs to a stage, so that naming each data set would take
 * nothing away from it, and grow the policy past the size that IAM allows.
 */
export function stageStatements(stage: Stage, props: PermissionProps): Statement[] {
  const ownWork: Record<Stage, () => Statement[]> = {
    ingest: () => [
      ...sourceStatements(props),
      ...read(props, 'raw', ['data/', 'manifests/']),
      ...write(props, 'raw', ['data/', 'manifests/']),
      // Of an object that is not there S3 says so only to who may list the bucket.
      { actions: ['s3:ListBucket'], resources: [props.storage.buckets.raw.arn] },
      // A copy keeps the tags of its source.
      { actions: ['s3:PutObjectTagging'], resources: [`${props.storage.buckets.raw.arn}/data/*`] },
      // The ledger of source objects is read and written by the hundred.
      {
        actions: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'],
        resources: [props.storage.tables.jobBookmarks.arn],
      },
      ...readInputs(props),
    ],
    process: () => [
      ...read(props, 'raw', ['data/', 'manifests/']),
      ...writeTables(props, 'processed'),
      ...readInputs(props),
    ],
    validate: () => [...readTables(props, 'processed'), ...write(props, 'processed', ['quality/'])],
    curate: () => [...readTables(props, 'processed'), ...writeTables(props, 'curated')],
  };
  return distinct([...ownWork[stage](), ...everyJob(stage, props)]);
}

/** What a crawler of the raw zone does. */
export function crawlerStatements(props: PermissionProps): Statement[] {
  const { naming, security } = props;
  const logGroup = `/aws-glue/crawlers-${security.roles.crawler.name}-${security.securityConfiguration}`;
  const tables = ['GetTable', 'GetTables', 'CreateTable', 'UpdateTable'];
  const partitions = ['GetPartition', 'GetPartitions', 'BatchGetPartition', 'BatchCreatePartition', 'UpdatePartition'];
  return distinct([
    ...read(props, 'raw', ['data/']),
    {
      actions: ['GetDatabase', ...tables, ...partitions].map((action) => `glue:${action}`),
      resources: catalog(props, naming.database('raw')),
    },
    ...writeLogs(props, [logGroup]),
  ]);
}

/** What EventBridge does by itself: it tells the workflows of data products; nothing where there are none. */
export function eventsStatements(props: PermissionProps): Statement[] {
  const { naming, datasets } = props;
  const products = datasets.filter(({ source }) => source.type === 'query');
  if (products.length === 0) return [];
  const resources = products.map(({ name }) => arn(props, 'glue', `workflow/${naming.workflow(name)}`));
  return [{ actions: ['glue:NotifyEvent'], resources }];
}

function everyJob(stage: Stage, props: PermissionProps): Statement[] {
  const { naming, config, security, storage } = props;
  const { jobState, jobBookmarks } = storage.tables;
  const key = security.keyArns.data;
  return [
    ...read(props, 'scripts', [`scripts/${stage}-`, 'packages/', 'contracts/']),
    ...read(props, 'temp', ['']),
    ...write(props, 'temp', ['']),
    ...remove(props, 'temp'),
    ...write(props, 'logs', ['spark-events/']),
    ...readItems(jobBookmarks.arn, key),
    ...writeItems(jobBookmarks.arn, key),
    { actions: ['dynamodb:PutItem'], resources: [jobState.arn] },
    ...writeLogs(props, [
      naming.glueLogGroup,
      ...outputLogGroups(naming, config.version, security.securityConfiguration),
    ]),
    {
      actions: ['cloudwatch:PutMetricData'],
      // There are no resources of this kind; the namespace is what can be named. Every call to AWS has one: IfExists is
      // for emulators, which do not tell it to IAM.
      resources: ['*'],
      condition: [
        { test: 'StringEqualsIfExists', variable: 'cloudwatch:namespace', values: ['Glue', naming.metricNamespace] },
      ],
    },
    ...joinNetwork(props),
  ];
}

function read(props: PermissionProps, bucket: BucketPurpose, prefixes: readonly string[]): Statement[] {
  return readObjects(props.storage.buckets[bucket].arn, prefixes, props.security.keyArns.data);
}

function write(props: PermissionProps, bucket: BucketPurpose, prefixes: readonly string[]): Statement[] {
  return writeObjects(props.storage.buckets[bucket].arn, prefixes, props.security.keyArns.data);
}

function remove({ storage }: PermissionProps, bucket: BucketPurpose): Statement[] {
  return [{ actions: ['s3:DeleteObject'], resources: [`${storage.buckets[bucket].arn}/*`] }];
}

/** The curated tables that data products are computed from; nothing where there are none. */
function readInputs(props: PermissionProps): Statement[] {
  return props.datasets.some(({ source }) => source.type === 'query') ? readTables(props, 'curated') : [];
}

function readTables(props: PermissionProps, zone: Zone): Statement[] {
  const resources = catalog(props, props.naming.database(zone));
  return [...read(props, zone, ['']), { actions: ['glue:GetDatabase', 'glue:GetTable'], resources }];
}

function writeTables(props: PermissionProps, zone: Zone): Statement[] {
  const resources = catalog(props, props.naming.database(zone));
  return [
    ...readTables(props, zone),
    ...write(props, zone, ['']),
    // Iceberg removes what an attempt that failed has written.
    ...remove(props, zone),
    { actions: ['glue:CreateTable', 'glue:UpdateTable'], resources },
  ];
}

/** A table cannot be named without its database and the catalog. */
function catalog(props: PermissionProps, database: string): string[] {
  return ['catalog', `database/${database}`, `table/${database}/*`].map((name) => arn(props, 'glue', name));
}

function writeLogs(props: PermissionProps, groups: readonly string[]): Statement[] {
  const arns = groups.map((group) => arn(props, 'logs', `log-group:${group}`));
  return [
    // Glue makes a group that it does not find, and writes nothing to one whose key it may not set.
    { actions: ['logs:CreateLogGroup', 'logs:AssociateKmsKey'], resources: arns },
    {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: arns.flatMap((group) => [group, `${group}:*`]),
    },
  ];
}

/** Glue makes network interfaces in the private subnets, by the role of the job. */
function joinNetwork(props: PermissionProps): Statement[] {
  const { connectionArns, networking } = props;
  if (connectionArns.length === 0) return [];
  const ec2 = (name: string) => arn(props, 'ec2', name);
  const interfaces = ec2('network-interface/*');
  const subnets = networking.privateSubnets.map(({ id }) => ec2(`subnet/${id}`));
  const securityGroup = ec2(`security-group/${networking.glueSecurityGroupId}`);
  const described = ['Subnets', 'SecurityGroups', 'VpcEndpoints', 'RouteTables', 'NetworkInterfaces', 'VpcAttribute'];
  return [
    { actions: ['glue:GetConnection'], resources: [arn(props, 'glue', 'catalog'), ...connectionArns] },
    // Actions that describe cannot be limited to resources.
    { actions: described.map((what) => `ec2:Describe${what}`), resources: ['*'] },
    { actions: ['ec2:CreateNetworkInterface'], resources: [interfaces, securityGroup, ...subnets] },
    {
      actions: ['ec2:DeleteNetworkInterface'],
      resources: [interfaces],
      condition: [{ test: 'ArnEquals', variable: 'ec2:Subnet', values: subnets }],
    },
    {
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: [interfaces],
      condition: [
        { test: 'ForAllValues:StringEquals', variable: 'aws:TagKeys', values: ['aws-glue-service-resource'] },
      ],
    },
  ];
}

/** Each statement once: several needs share the key. */
function distinct(statements: readonly Statement[]): Statement[] {
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()];
}
