import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadDataSets } from '../../modules/contract';
import { estimate } from '../../modules/cost/estimate';
import { readPlan } from '../guard/plan';
import { judge, refusal, type Verdict } from '../guard/rules';
import { RefusedError, reviewArguments, run } from './command';
import { contractsDigest, digestsOf, providerHashes } from './digests';
import { currentCommit, planDigest, planFiles, plannedState, type Origin } from './origin';
import { checkPromotion } from './promote';
import { currentRelease } from './releases';
import { StateStore } from './state-store';
import { toMarkdown, toText } from './summary';

/** For how many months data has come in, by the estimate: as `npm run estimate` has it by default. */
const MONTHS = 12;

/**
 * Looks at a plan that was just made: `review.ts plan|apply|destroy PLAN ENVIRONMENT REGION ACCOUNT`, with the options
 * `--acknowledge` and `--release` of deploy.sh. Writes where it comes from and a summary beside it, prints the summary, and
 * has the guard judge it; before an apply, it also has to be what was tested.
 */
run(async () => {
  const { action, file, name, region, account, acknowledged, tested } = reviewArguments();
  const store = new StateStore(name);
  const files = planFiles(file);
  const plan = readPlan(files.json);
  const release = await currentRelease(store);
  const verdict = action === 'destroy' ? meant(judge(plan)) : judge(plan, acknowledged, release === undefined);
  const origin = originOf(store, files, { region, account, acknowledged });
  const summarized = { plan, origin, verdict, deployed: release?.estimate };
  writeFileSync(files.summary, toMarkdown(summarized));
  writeFileSync(files.origin, `${JSON.stringify(origin, null, 2)}\n`);
  console.log(`\n${toText(summarized)}\n`);
  if (verdict.refused.length > 0) throw new RefusedError(refusal(verdict));
  if (action === 'apply') await checkPromotion(store, origin, tested);
});

/** Who destroys an environment means all of it: deploy.sh has its name typed. */
function meant({ refused, acknowledged, initial }: Verdict): Verdict {
  return { refused: [], acknowledged: [...refused, ...acknowledged], initial };
}

function originOf(
  { environment, naming }: StateStore,
  files: ReturnType<typeof planFiles>,
  given: Pick<Origin, 'region' | 'account' | 'acknowledged'>,
): Origin {
  const folder = process.env.PIPELINE_DATASETS ?? 'datasets';
  const stack = path.join(files.synthesized, 'stacks', naming.prefix);
  const { resource } = JSON.parse(readFileSync(path.join(stack, 'cdk.tf.json'), 'utf8'));
  const datasets = loadDataSets(folder, environment.name, naming);
  return {
    environment: environment.name,
    ...given,
    commit: currentCommit(),
    madeAt: new Date().toISOString(),
    state: plannedState(files.plan),
    plan: planDigest(files.plan, files.json),
    digests: {
      ...digestsOf(files.synthesized, environment.name),
      contracts: contractsDigest(folder),
      providers: providerHashes(path.join(stack, '.terraform.lock.hcl')),
    },
    estimate: estimate({ environment, datasets, months: MONTHS, resources: resource }),
  };
}
