/** Where the function finds what it reads, and where it puts what it makes. */
export interface MonitoringEnvironment {
  readonly environment: string;
  /** S3 URI of what is to be known of the data sets: see `datasets.ts`. */
  readonly datasetsUri: string;
  readonly reportsTopicArn: string;
  readonly reportsBucket: string;
  readonly metricNamespace: string;
  readonly jobStateTable: string;
  readonly jobBookmarksTable: string;
  /** What the function itself has done and seen. */
  readonly monitoringTable: string;
  /** Holds the journals of the jobs. */
  readonly glueLogGroup: string;
  /** Holds what Spark's driver and Python write, a stream per run. */
  readonly driverLogGroup: string;
}

const VARIABLES: Record<keyof MonitoringEnvironment, string> = {
  environment: 'ENVIRONMENT',
  datasetsUri: 'DATASETS_URI',
  reportsTopicArn: 'REPORTS_TOPIC_ARN',
  reportsBucket: 'REPORTS_BUCKET',
  metricNamespace: 'METRIC_NAMESPACE',
  jobStateTable: 'JOB_STATE_TABLE',
  jobBookmarksTable: 'JOB_BOOKMARKS_TABLE',
  monitoringTable: 'MONITORING_TABLE',
  glueLogGroup: 'GLUE_LOG_GROUP',
  driverLogGroup: 'DRIVER_LOG_GROUP',
};

/** The function's environment variables. Throws an error that lists every one that is missing or empty. */
export function readEnvironment(variables: Record<string, string | undefined>): MonitoringEnvironment {
  const missing = Object.values(VARIABLES).filter((name) => !variables[name]);
  if (missing.length > 0) {
    throw new Error(`environment variables must be set: ${missing.join(', ')}`);
  }
  const entries = Object.entries(VARIABLES).map(([key, name]) => [key, variables[name]]);
  return Object.fromEntries(entries) as MonitoringEnvironment;
}
