import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { paths } from '../../local/paths';
import { datasets, succeed } from './account';

/** What the set-up has made here, and need not make again. */
const SHARED = ['.venv', 'build', 'node_modules'];
/** Not of the project, or made anew. */
const NOT_COPIED = [...SHARED, '.git', 'cdktf.out', 'nycflights13', '__pycache__'];

/** A repository of this project, with the contracts of the shared account, as somebody has it who deploys from it. */
export class WorkingCopy {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'repository-'));

  constructor() {
    const isCopied = (file: string) => !NOT_COPIED.includes(path.basename(file));
    for (const name of readdirSync(paths.root).filter(isCopied))
      cpSync(path.join(paths.root, name), this.file(name), { recursive: true, filter: isCopied });
    rmSync(this.file('datasets'), { recursive: true });
    cpSync(datasets, this.file('datasets'), { recursive: true });
    for (const name of SHARED) symlinkSync(path.join(paths.root, name), this.file(name));
    this.git('init', '--quiet');
    writeFileSync(this.file('.git/info/exclude'), SHARED.join('\n'));
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Changes a file. @throws Error if what is to be changed is not there */
  edit(name: string, from: string, to: string): void {
    const text = readFileSync(this.file(name), 'utf8');
    if (!text.includes(from)) throw new Error(`${name} does not say ${from}`);
    writeFileSync(this.file(name), text.replace(from, to));
  }

  /** A command line that runs in it. */
  inside(command: string): string {
    return `cd ${this.folder} && ${command}`;
  }

  /** Result of a command line in it that must succeed. */
  run(command: string): string {
    return succeed(this.inside(command));
  }

  git(...args: string[]): string {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    return execFileSync('git', [...author, ...args], { cwd: this.folder, encoding: 'utf8' }).trim();
  }

  /** Commits everything; answers the commit. */
  commit(message: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
