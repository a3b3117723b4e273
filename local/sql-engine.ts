import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { GetJobsCommand, GlueClient } from '@aws-sdk/client-glue';
import { Naming } from '../modules/naming';
import { Account, clientConfig } from './account';
import { failureMessage } from './glue/failure';
import { propertiesFile, sparkProperties } from './glue/spark-submit';
import { paths } from './paths';

/** What a query gave; numbers, booleans and nulls as such, everything else as text or as arrays and objects of it. */
export interface QueryResult {
  columns: string[];
  rows: unknown[][];
}

/**
 * Runs a statement of Spark SQL against the lake of an account, as its root user, with the settings of the deployed jobs.
 *
 * @throws Error with Spark's own message if the statement fails
 */
export async function runSql(account: Account, statement: string): Promise<QueryResult> {
  mkdirSync(path.join(account.directory, 'sql'), { recursive: true });
  const folder = mkdtempSync(path.join(account.directory, 'sql', 'query-'));
  try {
    const properties = path.join(folder, 'spark.properties');
    const conf = await deployedConf(account);
    writeFileSync(properties, propertiesFile(sparkProperties('sql', folder, conf, account)));
    const result = path.join(folder, 'result.json');
    const database = new Naming('local').database('curated');
    await submit(account, [
      '--properties-file',
      properties,
      path.join(__dirname, 'sql.py'),
      database,
      statement,
      result,
    ]);
    return JSON.parse(readFileSync(result, 'utf8')) as QueryResult;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The Spark settings of the deployed jobs, which all have the same. */
async function deployedConf(account: Account): Promise<string> {
  const glue = new GlueClient(clientConfig(account, 'glue'));
  const { Jobs = [] } = await glue.send(new GetJobsCommand({ MaxResults: 1 }));
  return Jobs[0]?.DefaultArguments?.['--conf'] ?? '';
}

async function submit(account: Account, parameters: string[]): Promise<void> {
  const env = {
    ...process.env,
    ...account.environment,
    JAVA_HOME: paths.java,
    PATH: [paths.venv, process.env.PATH].join(path.delimiter),
    SPARK_LOCAL_IP: '127.0.0.1',
  };
  try {
    await promisify(execFile)(path.join(paths.venv, 'spark-submit'), parameters, { env, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    throw new Error(failureMessage(stdout, stderr, code));
  }
}
