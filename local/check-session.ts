import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { DataSet } from '../modules/contract/data-set';
import type { CheckResult } from './check-report';
import { QUICK_START } from './glue/spark-settings';
import { paths } from './paths';
import type { LocalFile } from './sources';

const log = path.join(paths.root, 'build', 'check.log');

/** A Spark session that checks data sets one after the other; see check.py. It ends with this process, however that ends. */
export class CheckSession {
  private readonly process: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private readonly end = () => this.process.kill();

  constructor() {
    mkdirSync(path.dirname(log), { recursive: true });
    const errors = openSync(log, 'w');
    this.process = spawn(path.join(paths.venv, 'python'), [path.join(__dirname, 'check.py')], {
      env: {
        ...process.env,
        // Java takes the encoding of file names from here.
        LANG: 'C.UTF-8',
        LC_ALL: 'C.UTF-8',
        JAVA_HOME: paths.java,
        PYTHONPATH: [path.join(paths.root, 'glue-jobs'), paths.python].join(path.delimiter),
        PYSPARK_PYTHON: path.join(paths.venv, 'python'),
        SPARK_LOCAL_IP: '127.0.0.1',
        CHECK_JARS: paths.jars,
        CHECK_JAVA_OPTIONS: QUICK_START.join(' '),
      },
      stdio: ['pipe', 'pipe', errors],
    });
    closeSync(errors);
    process.once('exit', this.end);
    // A session that ends early is noticed by the answer that is missing.
    this.process.stdin!.on('error', () => undefined);
    this.answers = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Runs process and validate of a data set on these files, or of a data product on what its inputs published when they were
   * checked.
   *
   * @throws Error if the session has ended
   */
  async check(dataset: DataSet, files: readonly LocalFile[] | null): Promise<CheckResult> {
    const byName = files && Object.fromEntries(files.map(({ name, path: file }) => [name, file]));
    this.process.stdin!.write(`${JSON.stringify({ definition: JSON.stringify(dataset), files: byName })}\n`);
    const answer = await this.answers.next();
    if (answer.done) throw new Error(`Spark has ended before ${dataset.name}; see ${log}`);
    return JSON.parse(answer.value) as CheckResult;
  }

  /** Has it remove its files and end, once it has answered. */
  close(): void {
    process.removeListener('exit', this.end);
    this.process.stdin!.end();
  }
}
