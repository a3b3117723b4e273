import { SECOND_REGION } from '../modules/naming';
import type { Environment } from './schema';

/**
 * The second Region of an environment, as an environment of its own: all that the first one has but for its name, its place,
 * and what an account has once. It stands by: see modules/disaster-recovery/site.ts.
 */
export function secondRegionOf({ disasterRecovery, ...first }: Environment): Environment {
  if (disasterRecovery === undefined) throw new Error(`${first.name} has no second Region`);
  const { secondRegion, network, budget } = disasterRecovery;
  return {
    ...first,
    name: `${first.name}${SECOND_REGION}`,
    standby: { of: first.name, ...disasterRecovery },
    // While the first Region is lost, so would be a state that it kept.
    stateRegion: secondRegion,
    network: { ...first.network, ...network },
    account: { ...first.account, costAllocationTags: false, identityProvider: false },
    budget,
  };
}

/** The Region that an environment is deployed to, where it may not be any. */
export function onlyRegionOf({ standby, disasterRecovery }: Environment): string | undefined {
  return standby?.secondRegion ?? disasterRecovery?.firstRegion;
}
