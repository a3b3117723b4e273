import { readFileSync } from 'node:fs';
import path from 'node:path';
import fastGlob from 'fast-glob';
import { parse } from 'yaml';
import { paths } from '../../local/paths';

export interface Step {
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly env?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = path.join(paths.root, '.github');

/** Workflows by the name of their file, without its ending. */
export const workflows: Readonly<Record<string, Workflow>> = Object.fromEntries(
  fastGlob
    .sync('workflows/*.yml', { cwd: folder })
    .map((file) => [path.basename(file, '.yml'), parse(readFileSync(path.join(folder, file), 'utf8')) as Workflow]),
);

/** Texts of workflows and actions, by file. */
export const sources: Readonly<Record<string, string>> = Object.fromEntries(
  fastGlob
    .sync(['workflows/*.yml', 'actions/*/action.yml'], { cwd: folder })
    .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
);

/** All jobs, as `<workflow>: <job>`. */
export const jobs: [string, Job][] = Object.entries(workflows).flatMap(([workflow, { jobs: own }]) =>
  Object.entries(own).map(([name, job]): [string, Job] => [`${workflow}: ${name}`, job]),
);

/** The commands of a job's steps. */
export function commands({ steps = [] }: Job): string[] {
  return steps.flatMap(({ run }) => run ?? []);
}
