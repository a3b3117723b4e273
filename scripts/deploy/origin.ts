import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { strFromU8, unzipSync } from 'fflate';
import type { Estimate } from '../../modules/cost/estimate';
import { RefusedError, UsageError } from './command';
import { digest, digestsOf, type Digests } from './digests';
import type { State } from './state-store';

const ROOT = path.resolve(__dirname, '../..');

/** Where a plan comes from: written beside it, and, once it is applied, what a release is. */
export interface Origin {
  readonly environment: string;
  readonly region: string;
  readonly account: string;
  /** Of Git, with `-dirty` where files differ from it. */
  readonly commit: string;
  readonly madeAt: string;
  /** The state that the plan starts from. */
  readonly state: { readonly serial: number; readonly lineage: string };
  /** What the guard was told to let pass. */
  readonly acknowledged: readonly string[];
  readonly digests: Digests;
  readonly estimate: Estimate;
  /** Of the plan and of its JSON. */
  readonly plan: string;
}

/** The files of a plan: its own, and those beside it that are named after it. */
export function planFiles(plan: string) {
  const stem = plan.replace(/\.tfplan$/, '');
  return {
    plan,
    json: `${stem}.json`,
    summary: `${stem}.md`,
    origin: `${stem}.origin.json`,
    synthesized: `${stem}.stacks`,
  };
}

/** The commit of the working copy; `none` where there is no Git. */
export function currentCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '-dirty');
  } catch {
    return 'none';
  }
}

/** The state that a plan starts from, which Terraform keeps in the plan. */
export function plannedState(plan: string): Origin['state'] {
  const { tfstate } = unzipSync(readFileSync(plan), { filter: ({ name }) => name === 'tfstate' });
  const { serial, lineage } = JSON.parse(strFromU8(tfstate!)) as State;
  return { serial, lineage };
}

/** @throws UsageError if the plan is not whole */
export function readOrigin(plan: string): Origin {
  const files = planFiles(plan);
  for (const file of Object.values(files)) {
    if (!existsSync(file))
      throw new UsageError(`${file} is not there, and a plan cannot be applied without: plan again`);
  }
  return JSON.parse(readFileSync(files.origin, 'utf8')) as Origin;
}

/** What a plan is to be applied to. */
export type Place = Pick<Origin, 'environment' | 'region' | 'account' | 'commit'>;

/**
 * Keeps a plan from being applied elsewhere than where it was made for, or to something that has changed since.
 *
 * @throws RefusedError that says why, and what to do
 */
export function checkFresh(origin: Origin, place: Place, state: State | undefined): void {
  const refuse = (why: string) => {
    throw new RefusedError(`This plan of ${origin.madeAt} is not applied: ${why}`);
  };
  for (const field of ['environment', 'region', 'account'] as const) {
    if (origin[field] !== place[field]) refuse(`it is for ${field} ${origin[field]}, and not for ${place[field]}`);
  }
  if (origin.commit !== place.commit) {
    refuse(`it was made from commit ${origin.commit}, and this is ${place.commit}. Check that out, or plan again`);
  }
  const { serial, lineage } = origin.state;
  if ((state?.lineage ?? lineage) !== lineage && lineage !== '') {
    refuse('the environment was destroyed or made anew since, its state is another one. Plan again');
  }
  if ((state?.serial ?? 0) !== serial) {
    refuse(
      `something was deployed since: the state was at serial ${serial}, and is at ${state?.serial ?? 0}. Plan again`,
    );
  }
}

/** @throws RefusedError if a file of the plan is not as it was made */
export function checkWhole(plan: string, origin: Origin): void {
  const { synthesized, json } = planFiles(plan);
  const { artefacts, stacks } = digestsOf(synthesized, origin.environment);
  const made = [origin.plan, origin.digests.artefacts, origin.digests.stacks];
  if (isDeepStrictEqual(made, [planDigest(plan, json), artefacts, stacks])) return;
  throw new RefusedError(
    `${plan}: it, or a file beside it, is not as it was made. Take it whole from where it was made, or plan again`,
  );
}

export function planDigest(plan: string, json: string): string {
  return digest([readFileSync(plan), readFileSync(json)]);
}
