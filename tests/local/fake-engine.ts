import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Definitions } from '../../local/glue/definitions';
import { endWith, Engine, Execution, Run } from '../../local/glue/engine';
import { JobRuns, JobRunsOptions } from '../../local/glue/job-runs';
import { Store } from '../../local/glue/store';
import { Actions } from '../../local/glue/wire';
import { WorkflowRuns } from '../../local/glue/workflow-runs';

/** Runs the shell script in argument `--script` as a real process, and keeps what is announced. */
export class ShellEngine implements Engine {
  readonly announced: { detailType: string; detail: Record<string, unknown> }[] = [];
  readonly published: string[] = [];

  async prepare({ arguments: args, folder }: Execution): Promise<Run> {
    const script = args['--script'];
    if (!script) throw new Error('AccessDenied: s3:GetObject');
    mkdirSync(folder);
    return async (signal) => {
      const output = openSync(path.join(folder, 'stdout'), 'w');
      const shell = spawn('/bin/sh', ['-c', script], {
        cwd: folder,
        detached: true,
        stdio: ['ignore', output, output],
      });
      closeSync(output);
      const release = endWith(shell.pid!, signal);
      const [code] = (await once(shell, 'exit')) as [number | null];
      release();
      return code;
    };
  }

  async publish({ record }: Execution): Promise<void> {
    this.published.push(record.run.Id);
  }

  async announce(detailType: string, detail: Record<string, unknown>): Promise<void> {
    this.announced.push({ detailType, detail });
  }
}

const root = mkdtempSync(path.join(os.tmpdir(), 'glue-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A Glue service without its server, in which a minute lasts a second. */
export function service(options: Partial<JobRunsOptions> = {}) {
  const folder = mkdtempSync(path.join(root, 'service-'));
  const store = options.store ?? new Store(path.join(folder, 'glue.json'));
  const definitions = new Definitions(store, 'arn:aws:glue:us-east-1:123456789012');
  const engine = new ShellEngine();
  const jobRuns = new JobRuns({
    ...{ store, definitions, engine, folder, concurrentRuns: 2, minuteMilliseconds: 1000 },
    ...options,
  });
  const workflows = new WorkflowRuns(store, definitions, jobRuns);
  const actions: Actions = { ...definitions.actions(), ...jobRuns.actions(), ...workflows.actions() };
  const call = (name: string, request: object) => actions[name]!(request as never) as Record<string, never>;
  const createJob = (Name: string, script: string, more: object = {}) =>
    call('CreateJob', { Name, Role: 'role', Command: {}, DefaultArguments: { '--script': script }, ...more });
  return { folder, store, engine, jobRuns, workflows, call, createJob };
}

export async function until<T>(get: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (let attempt = 0; attempt < 2400; attempt++) {
    const value = await get();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('It has not come about within a minute');
}
