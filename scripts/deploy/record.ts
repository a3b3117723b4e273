import { run } from './command';
import { readOrigin } from './origin';
import { forgetRelease, recordRelease } from './releases';
import { StateStore } from './state-store';

/** Writes down that a plan was applied: `record.ts PLAN [destroyed]`. */
run(async () => {
  const [plan, destroyed] = process.argv.slice(2) as [string, string?];
  const origin = readOrigin(plan);
  const store = new StateStore(origin.environment);
  await (destroyed === undefined ? recordRelease(store, origin) : forgetRelease(store));
});
