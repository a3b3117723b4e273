import { run } from './command';
import { StateStore } from './state-store';

/** Explains why Terraform may have failed, if that is a lock: `lock.ts ENVIRONMENT`. */
run(async () => {
  const store = new StateStore(process.argv[2]!);
  const lock = await store.lock();
  if (lock !== undefined) console.log(store.explain(lock));
});
