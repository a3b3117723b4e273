import type { Environment } from '../../environments/schema';
import type { DataSet } from '../contract/data-set';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';

export interface ArgumentsProps {
  readonly naming: Naming;
  readonly version: Environment['glue']['version'];
  readonly storage: StorageOutputs;
  readonly dataset: DataSet;
  /** S3 URIs. */
  readonly definition: string;
  readonly library: string;
  /** ARN of the role of table optimizers. @default there are none */
  readonly tableOptimizerRole?: string;
}

/** Arguments that every run of a data set's jobs gets: first those of this project, then Glue's own. */
export function jobArguments(props: ArgumentsProps): Record<string, string> {
  const { naming, version, storage, dataset, tableOptimizerRole } = props;
  const { buckets, tables } = storage;
  return {
    '--environment': naming.environment,
    '--dataset': dataset.name,
    '--definition': props.definition,
    '--raw_bucket': buckets.raw.name,
    '--processed_bucket': buckets.processed.name,
    '--processed_database': naming.database('processed'),
    '--curated_database': naming.database('curated'),
    '--job_state_table': tables.jobState.name,
    '--job_bookmarks_table': tables.jobBookmarks.name,
    '--log_group': naming.glueLogGroup,
    '--metric_namespace': naming.metricNamespace,
    ...(tableOptimizerRole !== undefined && { '--table_optimizer_role': tableOptimizerRole }),

    '--job-language': 'python',
    '--extra-py-files': props.library,
    '--TempDir': `s3://${buckets.temp.name}/${dataset.name}/`,
    // What was done is kept in the ledger.
    '--job-bookmark-option': 'job-bookmark-disable',
    '--datalake-formats': 'iceberg',
    '--conf': sparkSettings(buckets.processed.name),
    '--enable-auto-scaling': 'true',
    '--enable-metrics': 'true',
    '--enable-observability-metrics': 'true',
    '--enable-spark-ui': 'true',
    '--spark-event-logs-path': `s3://${buckets.logs.name}/spark-events/`,
    ...logging(naming, version),
  };
}

/** Glue 5 always logs as it goes, to two groups under a prefix; before, that was an option, and one group. */
function logging(naming: Naming, version: ArgumentsProps['version']): Record<string, string> {
  return version === '4.0'
    ? { '--enable-continuous-cloudwatch-log': 'true', '--continuous-log-logGroup': naming.glueLogGroup }
    : { '--custom-logGroup-prefix': naming.glueLogGroup };
}

/** Names of the log groups that Glue writes to: under a security configuration they end in its name. */
export function outputLogGroups(
  naming: Naming,
  version: ArgumentsProps['version'],
  securityConfiguration: string,
): string[] {
  const groups = version === '4.0' ? [''] : ['/error', '/output'];
  return groups.map((group) => `${naming.glueLogGroup}${group}-${securityConfiguration}`);
}

/**
 * Name of the log group of crawlers. Source: the log groups that Glue makes; its guide names only that of crawlers without
 * a security configuration.
 */
export function crawlerLogGroup({ roles, securityConfiguration }: SecurityOutputs): string {
  return `/aws-glue/crawlers-role/${roles.crawler.name}-${securityConfiguration}`;
}

/** Several settings go into the one argument `--conf` as Glue wants them: each but the first with its own `--conf`. */
function sparkSettings(warehouseBucket: string): string {
  const catalog = 'spark.sql.catalog.glue_catalog';
  return Object.entries({
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    [catalog]: 'org.apache.iceberg.spark.SparkCatalog',
    [`${catalog}.catalog-impl`]: 'org.apache.iceberg.aws.glue.GlueCatalog',
    [`${catalog}.io-impl`]: 'org.apache.iceberg.aws.s3.S3FileIO',
    [`${catalog}.warehouse`]: `s3://${warehouseBucket}/`,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join(' --conf ');
}
