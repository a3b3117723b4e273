import { readPlan } from '../guard/plan';
import { judge, refusal } from '../guard/rules';
import { RefusedError, reviewArguments, run } from './command';
import { checkFresh, checkWhole, currentCommit, planFiles, readOrigin } from './origin';
import { checkPromotion } from './promote';
import { currentRelease } from './releases';
import { StateStore } from './state-store';

/**
 * Before a plan is applied that was made earlier: `verify.ts apply PLAN ENVIRONMENT REGION ACCOUNT`, with the options
 * `--acknowledge` and `--release` of deploy.sh. It must be for this place, from this commit and from the state that there
 * is, the guard must let it pass, and it must be what was tested.
 */
run(async () => {
  const { file, name, region, account, acknowledged, tested } = reviewArguments();
  const store = new StateStore(name);
  const origin = readOrigin(file);
  checkFresh(origin, { environment: name, region, account, commit: currentCommit() }, await store.state());
  checkWhole(file, origin);
  const isFirst = (await currentRelease(store)) === undefined;
  const verdict = judge(readPlan(planFiles(file).json), [...origin.acknowledged, ...acknowledged], isFirst);
  if (verdict.refused.length > 0) throw new RefusedError(refusal(verdict));
  await checkPromotion(store, origin, tested);
});
