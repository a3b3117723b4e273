import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { killGroup } from '../processes';
import { endWith } from './engine';
import { propertiesFile } from './spark-settings';

/** What a script is to be run with; see engine.py. */
export interface ScriptRun {
  script: string;
  arguments: string[];
  environment: Record<string, string>;
  /** Takes what it writes, in files `stdout` and `stderr`. */
  folder: string;
  /** System properties of the JVM for as long as the script runs. */
  properties: Record<string, string>;
}

/** How a script has ended, and whether its engine may run another one. */
export interface ScriptEnd {
  /** Null if it was ended, or has not begun. */
  exit: number | null;
  clean: boolean;
}

/** A JVM that stays up and runs scripts, one at a time, in a group of processes with all that they start. */
export class WarmEngine {
  private readonly process: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private readonly log: string;
  private readonly exited: Promise<unknown>;

  /**
   * Starts the JVM, which takes some seconds until its first run begins.
   *
   * @param folder of its own
   * @param jvm settings of Spark that hold for all of its runs
   */
  constructor(folder: string, jvm: Record<string, string>, environment: Record<string, string>) {
    mkdirSync(folder, { recursive: true });
    const properties = path.join(folder, 'jvm.properties');
    writeFileSync(properties, propertiesFile(jvm));
    this.log = path.join(folder, 'engine.log');
    const log = openSync(this.log, 'w');
    this.process = spawn('python3', [path.join(__dirname, 'engine.py')], {
      cwd: folder,
      env: { ...environment, PYSPARK_SUBMIT_ARGS: `--properties-file ${JSON.stringify(properties)} pyspark-shell` },
      detached: true,
      stdio: ['pipe', 'pipe', log],
    });
    closeSync(log);
    this.exited = once(this.process, 'exit').catch(() => undefined);
    // One that has ended says so by its answer that does not come.
    this.process.stdin!.on('error', () => undefined);
    this.answers = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Runs a script until it ends, or until the signal ends it and the engine.
   *
   * @throws Error with the end of the engine's log if the JVM has not started
   */
  async run(script: ScriptRun, signal: AbortSignal): Promise<ScriptEnd> {
    const release = endWith(this.process.pid!, signal);
    this.process.stdin!.write(`${JSON.stringify(script)}\n`);
    const answer = await this.answers.next();
    if (answer.done) await this.exited;
    release();
    if (signal.aborted) return { exit: null, clean: false };
    if (answer.done) throw new Error(`The engine has ended. The end of ${this.log}:\n${this.lastLines()}`);
    return JSON.parse(answer.value) as ScriptEnd;
  }

  /** Ends it, whatever it does. */
  end(): void {
    if (this.process.pid) killGroup(this.process.pid, 'SIGKILL');
  }

  private lastLines(): string {
    return readFileSync(this.log, 'utf8').trim().split('\n').slice(-20).join('\n');
  }
}
