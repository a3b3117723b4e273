import type { LogLine } from './report';

/** Lines before and after one that tells of an error. */
const CONTEXT = 4;
const MOST_LINES = 80;
const LINE_LENGTH = 2000;

/** Events of a journal that say why a run did not do what it should. */
const JOURNAL_ERRORS = new Set(['run-failed', 'batch-failed', 'rule-failed', 'message-not-understood']);
/** How a driver's lines tell of an error: Python's and Java's, and the level of a logger. */
const DRIVER_ERROR = /^Traceback|^(\s*Caused by: )?[\w.$]*(Error|Exception)\b|\b(ERROR|FATAL)\b/;
/** What Python says that called what, and what Java does: it belongs to the error above or below it. */
const STACK = /^\s+(File "|at |\^|raise |return )|^\s{4,}\S/;

/** The lines of a journal about one run that matter: what went wrong, and what was done just before and after. */
export function journalLines(lines: readonly LogLine[], jobRunId: string): LogLine[] {
  const own = lines.filter(({ message }) => eventOf(message)?.job_run_id === jobRunId);
  return around(own, ({ message }) => JOURNAL_ERRORS.has(String(eventOf(message)?.event)));
}

/** The lines of a driver that matter: its errors with their stacks and what led to them; none if it tells of none. */
export function driverLines(lines: readonly LogLine[]): LogLine[] {
  const marked = lines.map(({ message }) => DRIVER_ERROR.test(message));
  // A stack is shown whole, though only the line above or below it names the error.
  const spread = (index: number, neighbour: number) => {
    if (marked[neighbour] && STACK.test(lines[index]!.message)) marked[index] = true;
  };
  for (let index = 0; index < lines.length; index++) spread(index, index - 1);
  for (let index = lines.length - 1; index >= 0; index--) spread(index, index + 1);
  return around(lines, (_, index) => marked[index]!);
}

/**
 * The lines for which `matters` holds, each with some before and after it; where lines are left out, one says how many. Of
 * too many the last ones stay: the error that ended the run is among them.
 */
function around(lines: readonly LogLine[], matters: (line: LogLine, index: number) => boolean): LogLine[] {
  const kept = new Set<number>();
  lines.forEach((line, index) => {
    if (!matters(line, index)) return;
    for (let near = Math.max(0, index - CONTEXT); near <= Math.min(lines.length - 1, index + CONTEXT); near++) {
      kept.add(near);
    }
  });
  const indexes = [...kept].sort((a, b) => a - b).slice(-MOST_LINES);
  return indexes.flatMap((index, position) => {
    const skipped = index - (position === 0 ? 0 : indexes[position - 1]! + 1);
    const { at, message } = lines[index]!;
    const line = { at, message: message.length > LINE_LENGTH ? `${message.slice(0, LINE_LENGTH)} …` : message };
    return skipped > 0 ? [{ at, message: `… ${skipped} line${skipped === 1 ? '' : 's'} left out` }, line] : [line];
  });
}

function eventOf(message: string): { event?: string; job_run_id?: string } | null {
  try {
    return JSON.parse(message) as object;
  } catch {
    return null;
  }
}
