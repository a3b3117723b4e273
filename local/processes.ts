import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that outlives the one that started it. */
export interface Daemon {
  name: string;
  pid: number;
  /** When the system says that it started: with it, a pid that has been given to another process is told apart. */
  startedAt: string;
}

const STOP_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 50;

/**
 * Starts a process in a group of its own, with its output in `log`.
 *
 * @throws Error if the program does not exist
 */
export async function startDaemon(
  name: string,
  [program, ...parameters]: [string, ...string[]],
  environment: NodeJS.ProcessEnv,
  log: string,
): Promise<Daemon> {
  const output = openSync(log, 'w');
  const child = spawn(program, parameters, { detached: true, stdio: ['ignore', output, output], env: environment });
  closeSync(output);
  await once(child, 'spawn');
  child.unref();
  return { name, pid: child.pid!, startedAt: startTime(child.pid!)! };
}

/** True while the process lives and is the one that was started. */
export function isRunning({ pid, startedAt }: Daemon): boolean {
  return startTime(pid) === startedAt;
}

/** Ends a process in order, so that it can save its state, and then what is left of its group. */
export async function stopDaemon(daemon: Daemon): Promise<void> {
  if (!isRunning(daemon)) return;
  process.kill(daemon.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_MILLISECONDS;
  while (isRunning(daemon) && Date.now() < deadline) await sleep(POLL_MILLISECONDS);
  killGroup(daemon.pid, 'SIGKILL');
}

/** Signals a group of processes, which may be gone. */
export function killGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Waits until a process answers at an address.
 *
 * @param ca bundle that its certificate is checked against
 * @throws Error with the end of its log if it has died or does not answer in time
 */
export async function waitUntilReady(daemon: Daemon, url: string, ca: string, log: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await answers(url, ca))) {
    const reason = !isRunning(daemon) ? 'has ended' : Date.now() > deadline ? 'does not answer' : undefined;
    if (reason) {
      const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-20).join('\n');
      throw new Error(`${daemon.name} ${reason}. The end of ${log}:\n${tail}`);
    }
    await sleep(POLL_MILLISECONDS);
  }
}

function answers(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = https.get(url, { ca, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy()).once('error', () => resolve(false));
  });
}

/** What the system says of when a process started; undefined if there is none, or only what a dead one leaves. */
function startTime(pid: number): string | undefined {
  try {
    if (!existsSync('/proc/self/stat')) {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    }
    // The name of the program stands in parentheses and may hold blanks.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
