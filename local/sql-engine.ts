import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AccountRecord } from './account';
import { certificateFiles } from './certificate';
import type { QueryResult } from './glue/queries';
import { readAll } from './glue/relay';

/**
 * Runs a statement of Spark SQL against the lake of an account that is up.
 *
 * @throws Error with Spark's own message if the statement fails
 */
export async function runSql(account: AccountRecord, statement: string): Promise<QueryResult> {
  const ca = readFileSync(certificateFiles(account.directory).certificate);
  const request = https.request(`${account.glueEndpoint}/query`, { method: 'POST', ca });
  request.end(JSON.stringify({ statement }));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = JSON.parse(String(await readAll(response))) as QueryResult & { Message?: string };
  if (response.statusCode !== 200) throw new Error(answer.Message);
  return answer;
}
