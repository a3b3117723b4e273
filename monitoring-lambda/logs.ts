import { GetLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import { logs } from './aws';
import { driverLines, journalLines } from './log-lines';
import type { LogLine } from './report';

/** Of one page of GetLogEvents. */
const MOST_EVENTS = 10_000;

/** Where the logs of a run lie. */
export interface RunLogs {
  readonly glueLogGroup: string;
  readonly driverLogGroup: string;
  readonly jobName: string;
  readonly jobRunId: string;
  readonly since: Date;
}

/** The lines of a run's logs that matter around its errors. */
export async function getErrorLines(run: RunLogs): Promise<{ journal: LogLine[]; driver: LogLine[] }> {
  const [journal, driver] = await Promise.all([
    lastLines(run.glueLogGroup, run.jobName, run.since),
    lastLines(run.driverLogGroup, `${run.jobRunId}-driver`, run.since),
  ]);
  return { journal: journalLines(journal, run.jobRunId), driver: driverLines(driver) };
}

/** The last lines of a stream since an instant; none if there is no such stream: a run may not get that far. */
async function lastLines(group: string, stream: string, since: Date): Promise<LogLine[]> {
  try {
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: stream,
        startTime: since.getTime(),
        limit: MOST_EVENTS,
      }),
    );
    return events.map(({ timestamp = 0, message = '' }) => ({
      at: new Date(timestamp).toISOString(),
      message: message.trimEnd(),
    }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return [];
    }
    throw error;
  }
}
