import type { Naming } from '../../modules/naming';
import type { Digests } from './digests';
import type { Release } from './releases';

/** What would be deployed. `providers` is empty before Terraform has been asked for them. */
export interface Candidate {
  readonly commit: string;
  readonly digests: Digests;
}

/**
 * Why a candidate is not what was tested elsewhere; empty if it is, byte for byte.
 *
 * Scripts, archives and contracts are compared with those that were deployed there. Stacks differ by environment in their
 * names: this one is compared with what the same sources gave for this environment when the release was made.
 */
export function promotionProblems(
  { commit, digests }: Candidate,
  from: string,
  { prefix }: Pick<Naming, 'prefix'>,
  release: Release | undefined,
): string[] {
  if (!/^[0-9a-f]{40,}$/.test(commit)) return [`it is made from '${commit}', and only a commit can have been tested`];
  if (release === undefined) return [`commit ${commit} was not deployed to ${from}`];
  if (release.testedAt === undefined)
    return [`commit ${commit} was deployed to ${from}, and has not passed its tests there`];
  const tested = release.digests;
  const names = [...new Set([...Object.keys(tested.artefacts), ...Object.keys(digests.artefacts)])].sort();
  const differing = names.filter((name) => tested.artefacts[name] !== digests.artefacts[name]);
  if (tested.contracts !== digests.contracts) differing.push('the contracts');
  if (tested.stacks[prefix] !== digests.stacks[prefix]) differing.push(`the stack ${prefix}`);
  const { providers } = digests;
  if (providers.length > 0 && !providers.some((hash) => tested.providers.includes(hash)))
    differing.push('the providers');
  return differing.map((what) => `${what}: not as it was tested in ${from}`);
}
