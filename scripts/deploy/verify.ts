import { readPlan } from '../guard/plan';
import { judge, refusal } from '../guard/rules';
import { RefusedError, run } from './command';
import { checkFresh, checkWhole, currentCommit, planFiles, readOrigin } from './origin';
import { StateStore } from './state-store';

/**
 * Before a plan is applied that was made earlier: `verify.ts PLAN ENVIRONMENT REGION ACCOUNT [ACKNOWLEDGED…]`. It must be
 * for this place, from this commit and from the state that there is, and the guard must let it pass.
 */
run(async () => {
  const [file, environment, region, account, ...acknowledged] = process.argv.slice(2) as [
    string,
    string,
    string,
    string,
  ];
  const origin = readOrigin(file);
  checkFresh(
    origin,
    { environment, region, account, commit: currentCommit() },
    await new StateStore(environment).state(),
  );
  checkWhole(file, origin);
  const verdict = judge(readPlan(planFiles(file).json), [...origin.acknowledged, ...acknowledged]);
  if (verdict.refused.length > 0) throw new RefusedError(refusal(verdict));
});
