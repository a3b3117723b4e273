import { ScriptRun, WarmEngine } from './warm-engine';

/** Starts an engine whose JVM has these settings of Spark. */
export type StartEngine = (jvm: Record<string, string>) => WarmEngine;

/**
 * Engines that wait for their next run. An engine has one run at a time, so that what ends one run's JVM ends no other
 * run; an engine that a run has not left as it was is ended.
 */
export class EnginePool {
  private readonly idle = new Map<string, WarmEngine[]>();
  private closed = false;

  constructor(private readonly start: StartEngine) {}

  /**
   * Runs a script on an engine that waits, or on a new one.
   *
   * @param jvm settings that the engine's JVM must have been started with
   * @returns its exit code, null if a signal ended it
   * @throws Error if no engine starts
   */
  async run(script: ScriptRun, jvm: Record<string, string>, signal: AbortSignal): Promise<number | null> {
    const alike = this.alike(jvm);
    const waiting = alike.pop();
    // The JVM of an engine that waits may have ended; the script has not begun then.
    const end = waiting && (await this.lend(waiting, script, signal, alike).catch(() => null));
    if (typeof end === 'number' || signal.aborted) return end ?? null;
    return this.lend(this.start(jvm), script, signal, alike);
  }

  private async lend(engine: WarmEngine, script: ScriptRun, signal: AbortSignal, idle: WarmEngine[]) {
    let isReusable = false;
    try {
      const { exit, clean } = await engine.run(script, signal);
      isReusable = clean && !this.closed;
      return exit;
    } finally {
      if (isReusable) idle.push(engine);
      else engine.end();
    }
  }

  /** Ends the engines that wait; those that have a run end after it. */
  close(): void {
    this.closed = true;
    for (const engine of [...this.idle.values()].flat()) engine.end();
  }

  private alike(jvm: Record<string, string>): WarmEngine[] {
    const key = JSON.stringify(jvm);
    const engines = this.idle.get(key) ?? [];
    this.idle.set(key, engines);
    return engines;
  }
}
