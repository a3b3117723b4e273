import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import type { Environment } from '../../environments/schema';
import { arn, type Account } from '../arn';
import type { DataSet } from '../contract/data-set';
import type { BucketPurpose, Naming, Stage, Zone } from '../naming';
import type { NetworkingOutputs } from '../networking';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import { readItems, readObjects, writeItems, writeObjects } from '../storage/statements';
import { crawlerLogGroup, outputLogGroups } from './arguments';
import { landingZoneStatements, ownSourceStatements } from './source-permissions';
import { switchOnStatements } from './table-optimizer';

export type Statement = DataAwsIamPolicyDocumentStatement;

export interface PermissionProps extends Account {
  readonly naming: Naming;
  readonly config: Environment['glue'];
  readonly datasets: readonly DataSet[];
  readonly networking: NetworkingOutputs;
  readonly security: SecurityOutputs;
  readonly storage: StorageOutputs;
  /** How jobs join the VPC. @default they run outside of it */
  readonly network?: JobNetwork;
  /** ARN of the role of table optimizers. @default there are none */
  readonly tableOptimizerRole?: string;
}

export interface JobNetwork {
  /** Of the connections that lead into the private subnets. */
  readonly connectionArns: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/**
 * What the job of a stage does, of any data set: a role belongs to a stage, so that naming each data set would take
 * nothing away from it, and grow the policy past the size that IAM allows. Ingest from what is not this environment's has
 * roles of its own.
 */
export function stageStatements(stage: Stage, props: PermissionProps): Statement[] {
  const ownWork: Record<Stage, () => Statement[]> = {
    ingest: () => [...landingZoneStatements(props), ...land(props), ...readInputs(props)],
    process: () => [
      ...read(props, 'raw', ['data/', 'manifests/']),
      ...writeTables(props, 'processed'),
      ...readInputs(props),
    ],
    validate: () => [
      ...readTables(props, 'processed'),
      ...write(props, 'processed', ['quality/']),
      // Glue's engine keeps the outcome for its console; under the name of no rule set, as the rules are the contract's.
      { actions: ['glue:PublishDataQuality'], resources: [arn(props, 'glue', 'dataQualityRuleset/*')] },
    ],
    curate: () => [...readTables(props, 'processed'), ...writeTables(props, 'curated')],
  };
  return combined([...ownWork[stage](), ...everyJob(stage, props)]);
}

/** What the ingest job of a data set does that reads what is not this environment's. */
export function ingestStatements(dataset: DataSet, props: PermissionProps): Statement[] {
  return combined([
    ...ownSourceStatements(dataset, props),
    ...land(props, `${dataset.name}/`),
    ...everyJob('ingest', props),
  ]);
}

/** What a crawler of the raw zone does. */
export function crawlerStatements(props: PermissionProps): Statement[] {
  const { naming, security } = props;
  const tables = ['GetTable', 'GetTables', 'CreateTable', 'UpdateTable'];
  const partitions = ['GetPartition', 'GetPartitions', 'BatchGetPartition', 'BatchCreatePartition', 'UpdatePartition'];
  return combined([
    ...read(props, 'raw', ['data/']),
    {
      actions: ['GetDatabase', ...tables, ...partitions].map((action) => `glue:${action}`),
      resources: catalog(props, naming.database('raw')),
    },
    ...writeLogs(props, [crawlerLogGroup(security)]),
  ]);
}

/** What EventBridge does by itself: it tells workflows, of which those of data products listen; nothing without them. */
export function eventsStatements(props: PermissionProps): Statement[] {
  if (!hasProducts(props)) return [];
  return [{ actions: ['glue:NotifyEvent'], resources: [arn(props, 'glue', `workflow/${props.naming.workflow('*')}`)] }];
}

/**
 * What ingest does whatever its source.
 *
 * @param folder that of a data set, with its slash. @default those of all data sets
 */
function land(props: PermissionProps, folder = ''): Statement[] {
  const { buckets, tables } = props.storage;
  const prefixes = [`data/${folder}`, `manifests/${folder}`];
  return [
    { actions: ['s3:GetObject'], resources: prefixes.map((prefix) => `${buckets.raw.arn}/${prefix}*`) },
    ...write(props, 'raw', prefixes),
    // Of an object that is not there S3 says so only to who may list the bucket.
    { actions: ['s3:ListBucket'], resources: [buckets.raw.arn] },
    // A copy keeps the tags of its source.
    { actions: ['s3:PutObjectTagging'], resources: [`${buckets.raw.arn}/data/${folder}*`] },
    // The ledger of source objects is read and written by the hundred.
    { actions: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'], resources: [tables.jobBookmarks.arn] },
  ];
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
    ...(props.network ? joinNetwork(props, props.network) : []),
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
  return hasProducts(props) ? readTables(props, 'curated') : [];
}

function hasProducts({ datasets }: PermissionProps): boolean {
  return datasets.some(({ source }) => source.type === 'query');
}

export function readTables(props: PermissionProps, zone: Zone): Statement[] {
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
    ...switchOnStatements(props, resources),
  ];
}

/** A table cannot be named without its database and the catalog. */
export function catalog(props: PermissionProps, database: string): string[] {
  return ['catalog', `database/${database}`, `table/${database}/*`].map((name) => arn(props, 'glue', name));
}

export function writeLogs(props: PermissionProps, groups: readonly string[]): Statement[] {
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
export function joinNetwork(props: PermissionProps, { connectionArns, securityGroupIds }: JobNetwork): Statement[] {
  const ec2 = (name: string) => arn(props, 'ec2', name);
  const interfaces = ec2('network-interface/*');
  const subnets = props.networking.privateSubnets.map(({ id }) => ec2(`subnet/${id}`));
  const securityGroups = securityGroupIds.map((id) => ec2(`security-group/${id}`));
  const described = ['Subnets', 'SecurityGroups', 'VpcEndpoints', 'RouteTables', 'NetworkInterfaces'];
  return [
    { actions: ['glue:GetConnection'], resources: [arn(props, 'glue', 'catalog'), ...connectionArns] },
    // These cannot be limited to resources.
    { actions: described.map((what) => `ec2:Describe${what}`), resources: ['*'] },
    { actions: ['ec2:DescribeVpcAttribute'], resources: [ec2(`vpc/${props.networking.vpcId}`)] },
    { actions: ['ec2:CreateNetworkInterface'], resources: [interfaces, ...securityGroups, ...subnets] },
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

/** The same permissions in fewer characters: what is on the same resources, on the same condition, is one statement. */
export function combined(statements: readonly Statement[]): Statement[] {
  const byTarget = new Map<string, Statement>();
  for (const { actions = [], ...target } of statements) {
    const key = JSON.stringify(target);
    const before = byTarget.get(key)?.actions ?? [];
    byTarget.set(key, { actions: [...new Set([...before, ...actions])], ...target });
  }
  return [...byTarget.values()];
}
