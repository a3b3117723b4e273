import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';
import { clients, getText } from './aws';
import { summarizeDay } from './daily';
import { parseDataSets } from './datasets';
import { readEnvironment } from './environment';
import type { JobStateChangeEvent, ScheduledTask } from './events';
import { Once } from './once';
import { reportRun, type Services } from './run';
import { watch } from './watch';

const serviceName = 'monitoring';
const settings = readEnvironment(process.env);
const logger = new Logger({ serviceName });
const tracer = new Tracer({ serviceName });
const metrics = new Metrics({ serviceName, namespace: settings.metricNamespace });
clients.forEach((client) => tracer.captureAWSv3Client(client));
const once = new Once(settings.monitoringTable);

let services: Promise<Services> | undefined;

/** Reads what does not change for as long as this copy of the function lives; tries again if that failed. */
function start(): Promise<Services> {
  services ??= getText(settings.datasetsUri)
    .then((text) => ({ settings, once, logger, datasets: parseDataSets(text) }))
    .catch((error) => {
      services = undefined;
      throw error;
    });
  return services;
}

/** Reports a finished job run, looks at the workflows, or sums up a day: what the event asks for. */
export async function handler(event: JobStateChangeEvent | ScheduledTask, context: Context): Promise<void> {
  logger.addContext(context);
  once.begin(context);
  metrics.captureColdStartMetric(context.functionName);
  if (!('task' in event)) {
    const { jobName, jobRunId, state } = event.detail;
    const isOurs = await reportRun(event, await start());
    logger.info(isOurs ? 'Reported a job run' : 'Ignored a job of another environment', { jobName, jobRunId, state });
    return;
  }
  const work = { watch, 'daily-summary': summarizeDay }[event.task];
  logger.info('Did what was scheduled', { ...event, ...(await work(event.time, await start())) });
}
