import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { GetJobsCommand, GlueClient } from '@aws-sdk/client-glue';
import { Naming } from '../modules/naming';
import { Account, clientConfig, ROOT_USER } from './account';
import { failureMessage } from './glue/failure';
import {
  credentialProperties,
  engineEnvironment,
  jvmProperties,
  parseConf,
  runEnvironment,
  sparkProperties,
} from './glue/spark-settings';
import { ScriptRun, WarmEngine } from './glue/warm-engine';

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
  const conf = await deployedConf(account);
  const engine = new WarmEngine(folder, jvmProperties(conf, account), engineEnvironment(folder, account));
  try {
    const result = path.join(folder, 'result.json');
    const run: ScriptRun = {
      script: path.join(__dirname, 'sql.py'),
      arguments: [new Naming('local').database('curated'), statement, result],
      environment: runEnvironment(folder, account, ROOT_USER, []),
      folder,
      properties: { ...sparkProperties('sql', folder, conf, account), ...credentialProperties(ROOT_USER) },
    };
    const { exit } = await engine.run(run, new AbortController().signal);
    if (exit !== 0) throw new Error(failureMessage(readFileSync(path.join(folder, 'stdout'), 'utf8'), exit));
    return JSON.parse(readFileSync(result, 'utf8')) as QueryResult;
  } finally {
    engine.end();
    rmSync(folder, { recursive: true });
  }
}

/** The Spark settings of the deployed jobs, which all have the same. */
async function deployedConf(account: Account): Promise<Record<string, string>> {
  const glue = new GlueClient(clientConfig(account, 'glue'));
  const { Jobs = [] } = await glue.send(new GetJobsCommand({ MaxResults: 1 }));
  return parseConf(Jobs[0]?.DefaultArguments?.['--conf'] ?? '');
}
