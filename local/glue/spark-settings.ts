import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AccountRecord } from '../account';
import { certificateFiles, TRUST_STORE_PASSWORD } from '../certificate';
import { paths } from '../paths';
import { settings } from '../settings';
import { Credentials } from './clients';
import { Execution } from './engine';

/** Most of the time of a run on small data is the JVM's own: it loads classes from an archive and compiles them once. */
export const QUICK_START = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  `"-XX:SharedArchiveFile=${paths.classArchive}"`,
];

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
 * @param conf the job's own
 */
export function sparkProperties(
  name: string,
  folder: string,
  conf: Record<string, string>,
  account: AccountRecord,
): Record<string, string> {
  return {
    'spark.app.name': name,
    'spark.master': `local[${settings.coresPerRun}]`,
    'spark.local.dir': path.join(folder, 'spark'),
    'spark.sql.warehouse.dir': pathToFileURL(path.join(folder, 'warehouse')).href,
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    // From version 5.1 on, Glue reads and writes s3:// through S3A.
    'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    'spark.hadoop.fs.AbstractFileSystem.s3.impl': 'org.apache.hadoop.fs.s3a.S3A',
    ...conf,
    ...jvmProperties(conf, account),
    'spark.hadoop.fs.s3a.endpoint': account.endpoint,
    'spark.hadoop.fs.s3a.endpoint.region': account.region,
    'spark.hadoop.fs.s3a.path.style.access': 'true',
    'spark.hadoop.fs.s3a.aws.credentials.provider': 'com.amazonaws.auth.SystemPropertiesCredentialsProvider',
    ...catalogProperties(conf, account),
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

/** What starts an engine: Spark's settings that hold from the start of a JVM on, as a job's `--conf` may change them. */
export function jvmProperties(conf: Record<string, string>, account: AccountRecord): Record<string, string> {
  const { trustStore } = certificateFiles(account.directory);
  const javaOptions = [
    conf['spark.driver.extraJavaOptions'] ?? '',
    ...QUICK_START,
    // The quotes are Spark's own: a path may hold blanks.
    `"-Dlog4j2.configurationFile=${path.join(__dirname, 'log4j2.properties')}"`,
    `"-Djavax.net.ssl.trustStore=${trustStore}"`,
    `-Djavax.net.ssl.trustStorePassword=${TRUST_STORE_PASSWORD}`,
  ];
  return {
    'spark.driver.memory': conf['spark.driver.memory'] ?? settings.driverMemory,
    'spark.driver.extraClassPath': path.join(paths.jars, '*'),
    'spark.driver.extraJavaOptions': javaOptions.join(' ').trim(),
  };
}

/**
 * Credentials, where the SDKs of the JVM look for them: version 1 (S3A) under `secretKey`, version 2 (Iceberg)
 * under `secretAccessKey`. Source: SDKGlobalConfiguration and SdkSystemSetting of the two.
 */
export function credentialProperties(credentials: Credentials): Record<string, string> {
  return {
    'aws.accessKeyId': credentials.accessKeyId,
    'aws.secretKey': credentials.secretAccessKey,
    'aws.secretAccessKey': credentials.secretAccessKey,
    ...(credentials.sessionToken && { 'aws.sessionToken': credentials.sessionToken }),
  };
}

/** Environment of a run's process: the rights of these credentials and no others. */
export function runEnvironment(
  folder: string,
  account: AccountRecord,
  credentials: Credentials,
  libraries: readonly string[],
): Record<string, string> {
  return {
    ...engineEnvironment(folder, account),
    PYTHONPATH: [...libraries, paths.python].join(path.delimiter),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}

/** Has Python's workers run with the environment of their run: the JVM that starts them has that of the engine. */
export function workerProperties(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [`spark.executorEnv.${name}`, value]));
}

/** Environment of an engine, which outlives its runs: no credentials, and of this process's own nothing but the path. */
export function engineEnvironment(
  folder: string,
  { directory, region, endpoint, glueEndpoint }: AccountRecord,
): Record<string, string> {
  return {
    PATH: [paths.venv, path.join(paths.java, 'bin'), process.env.PATH].join(path.delimiter),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    HOME: folder,
    JAVA_HOME: paths.java,
    // By name, as Spark's scripts take a path with a blank for two words.
    PYSPARK_PYTHON: 'python3',
    PYTHONUNBUFFERED: '1',
    SPARK_LOCAL_IP: '127.0.0.1',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_GLUE: glueEndpoint,
    AWS_CA_BUNDLE: certificateFiles(directory).certificate,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
