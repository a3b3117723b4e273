import { readFileSync } from 'node:fs';
import { Server } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { AccountRecord, clientConfig } from '../account';
import { certificateFiles } from '../certificate';
import { settings } from '../settings';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { CloudWatchService } from '../cloudwatch/service';
import { Authorizer } from './authorizer';
import { Clients } from './clients';
import { Definitions } from './definitions';
import { EventBus } from './event-bus';
import { JobRuns } from './job-runs';
import { Queries } from './queries';
import { Relay } from './relay';
import { glueHandler } from './server';
import { SparkEngine } from './spark-engine';
import { Store } from './store';
import { WorkflowRuns } from './workflow-runs';

/** The local Glue and CloudWatch services, for the account in the folder that the command line names. */
async function main(directory: string): Promise<void> {
  const account = JSON.parse(readFileSync(path.join(directory, 'account.json'), 'utf8')) as AccountRecord;
  const { certificate, key } = certificateFiles(directory);
  const cert = readFileSync(certificate);
  const clients = new Clients(account);
  const store = new Store(path.join(directory, 'glue.json'));
  const definitions = new Definitions(store, `arn:aws:glue:${account.region}:${await clients.accountId()}`);
  const events = new EventBus(clients, account.region);
  const engine = new SparkEngine(account, clients, events);
  const folder = path.join(directory, 'runs');
  const jobRuns = new JobRuns({ store, definitions, engine, folder, concurrentRuns: settings.concurrentRuns });
  const workflowRuns = new WorkflowRuns(store, definitions, jobRuns);
  events.on('workflow', (name) => workflowRuns.notify(name));
  const relay = new Relay(account.endpoint, cert);
  const authorizer = new Authorizer(relay, clients);
  const queries = new Queries(account, definitions, engine);
  const handler = glueHandler({ store, definitions, jobRuns, workflowRuns, authorizer, queries });
  const server = https.createServer({ cert, key: readFileSync(key) }, handler);
  const config = clientConfig(account);
  const cloudwatch = new CloudWatchService(
    path.join(directory, 'alarms.json'),
    relay,
    new CloudWatchClient(config),
    new SQSClient(config),
  );
  const alarmServer = https.createServer({ cert, key: readFileSync(key) }, cloudwatch.handle);
  await Promise.all([
    listen(server, account.glueEndpoint),
    listen(alarmServer, account.cloudwatchEndpoint),
    listen(relay.plainServer(), account.plainEndpoint),
  ]);
  const ended = new AbortController();
  void cloudwatch.run(ended.signal);
  process.once('SIGTERM', async () => {
    ended.abort();
    await jobRuns.close();
    engine.close();
    process.exit();
  });
}

function listen(server: Server | https.Server, endpoint: string): Promise<void> {
  return new Promise((resolve) => server.listen(Number(new URL(endpoint).port), '127.0.0.1', resolve));
}

void main(process.argv[2]!);
