/** Where the function finds what it reads, and where it puts what it makes. */
export interface MonitoringEnvironment {
  readonly environment: string;
  readonly alertsTopicArn: string;
  readonly reportsBucket: string;
  readonly metricNamespace: string;
  readonly jobStateTable: string;
  readonly glueLogGroup: string;
}

const VARIABLES: Record<keyof MonitoringEnvironment, string> = {
  environment: 'ENVIRONMENT',
  alertsTopicArn: 'ALERTS_TOPIC_ARN',
  reportsBucket: 'REPORTS_BUCKET',
  metricNamespace: 'METRIC_NAMESPACE',
  jobStateTable: 'JOB_STATE_TABLE',
  glueLogGroup: 'GLUE_LOG_GROUP',
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
