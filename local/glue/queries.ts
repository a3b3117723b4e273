import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Naming } from '../../modules/naming';
import { AccountRecord, ROOT_USER } from '../account';
import { Definitions } from './definitions';
import { failureMessage } from './failure';
import { SparkEngine } from './spark-engine';
import { credentialProperties, parseConf, runEnvironment, sparkProperties } from './spark-settings';

/** What a query gave; numbers, booleans and nulls as such, everything else as text or as arrays and objects of it. */
export interface QueryResult {
  columns: string[];
  rows: unknown[][];
}

/** A statement has failed; the message is Spark's. */
export class QueryError extends Error {}

/** Runs statements of Spark SQL on the engines and with the settings of the deployed jobs, as the account's root user. */
export class Queries {
  constructor(
    private readonly account: AccountRecord,
    private readonly definitions: Definitions,
    private readonly engine: SparkEngine,
  ) {}

  /** @throws QueryError */
  async run(statement: string, signal: AbortSignal): Promise<QueryResult> {
    mkdirSync(path.join(this.account.directory, 'sql'), { recursive: true });
    const folder = mkdtempSync(path.join(this.account.directory, 'sql', 'query-'));
    const result = path.join(folder, 'result.json');
    const conf = this.deployedConf();
    const properties = { ...sparkProperties('sql', folder, conf, this.account), ...credentialProperties(ROOT_USER) };
    const environment = runEnvironment(folder, this.account, ROOT_USER, []);
    const script = path.join(__dirname, 'query.py');
    const args = [new Naming('local').database('curated'), statement, result];
    try {
      const exit = await this.engine.runScript(
        { script, arguments: args, environment, folder, properties },
        conf,
        signal,
      );
      if (exit !== 0) throw new QueryError(failureMessage(readFileSync(path.join(folder, 'stdout'), 'utf8'), exit));
      return JSON.parse(readFileSync(result, 'utf8')) as QueryResult;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** The Spark settings of the deployed jobs, which all have the same. */
  private deployedConf(): Record<string, string> {
    const [job] = this.definitions.list('Job');
    const args = job?.DefaultArguments as Record<string, string> | undefined;
    return parseConf(args?.['--conf'] ?? '');
  }
}
