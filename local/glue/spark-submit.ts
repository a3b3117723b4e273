import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AccountRecord } from '../account';
import { certificateFiles, TRUST_STORE_PASSWORD } from '../certificate';
import { paths } from '../paths';
import { settings } from '../settings';
import { RoleCredentials } from './clients';
import { Command, Execution } from './engine';

/** Most of the time of a run on small data is the JVM's own: it loads classes from an archive and compiles them once. */
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `"-XX:SharedArchiveFile=${paths.classArchive}"`];

/** Folder of a run's event log. */
export function eventLogFolder({ folder }: Pick<Execution, 'folder'>): string {
  return path.join(folder, 'events');
}

/** Reads Glue's form of several Spark settings in one argument: `a=b --conf c=d`. */
export function parseConf(conf: string): Record<string, string> {
  const entries = conf.split(/\s+--conf\s+/).filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.split('=', 1)[0]!.trim(), entry.slice(entry.indexOf('=') + 1).trim()]),
  );
}

/**
 * Settings of Spark: those of Glue's engine, then the job's own, then where the account's services answer.
 *
 * @param folder for the files that Spark needs while it works
 * @param conf the job's own, in the form of `parseConf`
 */
export function sparkProperties(
  name: string,
  folder: string,
  conf: string,
  account: AccountRecord,
): Record<string, string> {
  const own = parseConf(conf);
  const { trustStore } = certificateFiles(account.directory);
  const javaOptions = [
    own['spark.driver.extraJavaOptions'] ?? '',
    ...QUICK_START,
    // The quotes are Spark's own: a path may hold blanks.
    `"-Djavax.net.ssl.trustStore=${trustStore}"`,
    `-Djavax.net.ssl.trustStorePassword=${TRUST_STORE_PASSWORD}`,
  ];
  return {
    'spark.app.name': name,
    'spark.master': `local[${settings.coresPerRun}]`,
    'spark.driver.memory': settings.driverMemory,
    'spark.driver.extraClassPath': path.join(paths.jars, '*'),
    'spark.local.dir': path.join(folder, 'spark'),
    'spark.sql.warehouse.dir': pathToFileURL(path.join(folder, 'warehouse')).href,
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    // From version 5.1 on, Glue reads and writes s3:// through S3A.
    'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    'spark.hadoop.fs.AbstractFileSystem.s3.impl': 'org.apache.hadoop.fs.s3a.S3A',
    ...own,
    'spark.driver.extraJavaOptions': javaOptions.join(' ').trim(),
    'spark.hadoop.fs.s3a.endpoint': account.endpoint,
    'spark.hadoop.fs.s3a.endpoint.region': account.region,
    'spark.hadoop.fs.s3a.path.style.access': 'true',
    'spark.hadoop.fs.s3a.aws.credentials.provider': 'com.amazonaws.auth.EnvironmentVariableCredentialsProvider',
    ...catalogProperties(own, account),
  };
}

/** Settings that have Spark write down its own figures. */
export function eventLogProperties(execution: Execution): Record<string, string> {
  return {
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': pathToFileURL(eventLogFolder(execution)).href,
    'spark.eventLog.logStageExecutorMetrics': 'true',
    'spark.executor.metrics.pollingInterval': '1s',
  };
}

/** Endpoints for the Iceberg catalogs that a job names. */
function catalogProperties(conf: Record<string, string>, account: AccountRecord): Record<string, string> {
  const catalogs = Object.keys(conf).filter((key) => /^spark\.sql\.catalog\.[^.]+$/.test(key));
  return Object.assign(
    {},
    ...catalogs.map((catalog) => ({
      [`${catalog}.glue.endpoint`]: account.glueEndpoint,
      [`${catalog}.s3.endpoint`]: account.endpoint,
      [`${catalog}.s3.path-style-access`]: 'true',
      [`${catalog}.client.region`]: account.region,
    })),
  );
}

/** Text of a Java properties file. */
export function propertiesFile(properties: Record<string, string>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** The command that runs a script, once its files are on this machine. */
export function sparkSubmit(
  execution: Execution,
  account: AccountRecord,
  credentials: RoleCredentials,
  files: { script: string; properties: string; libraries: string[] },
): Command {
  const libraries = files.libraries.length > 0 ? ['--py-files', files.libraries.join()] : [];
  return {
    program: path.join(paths.venv, 'spark-submit'),
    parameters: [
      ...['--properties-file', files.properties, ...libraries, files.script],
      ...Object.entries(execution.arguments).flat(),
    ],
    environment: runEnvironment(execution, account, credentials),
  };
}

/** Nothing of this process's own environment but the path: a run has its role's rights and no others. */
function runEnvironment(
  { folder }: Execution,
  { directory, region, endpoint, glueEndpoint }: AccountRecord,
  credentials: RoleCredentials,
): NodeJS.ProcessEnv {
  return {
    PATH: [paths.venv, path.join(paths.java, 'bin'), process.env.PATH].join(path.delimiter),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    HOME: folder,
    JAVA_HOME: paths.java,
    // By name, as Spark's scripts take a path with a blank for two words.
    PYSPARK_PYTHON: 'python3',
    PYTHONPATH: paths.python,
    PYTHONUNBUFFERED: '1',
    SPARK_LOCAL_IP: '127.0.0.1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_GLUE: glueEndpoint,
    AWS_CA_BUNDLE: certificateFiles(directory).certificate,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
