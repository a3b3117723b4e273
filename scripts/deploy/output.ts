import { RefusedError, run } from './command';
import { StateStore } from './state-store';

/** Prints the outputs of a deployed stack as JSON, by stack and name: `output.ts ENVIRONMENT`. */
run(async () => {
  const store = new StateStore(process.argv[2]!);
  const { prefix } = store.naming;
  const outputs = Object.entries((await store.state())?.outputs ?? {});
  if (outputs.length === 0) throw new RefusedError(`${prefix} is not deployed: its state has no outputs`);
  console.log(
    JSON.stringify({ [prefix]: Object.fromEntries(outputs.map(([name, { value }]) => [name, value])) }, null, 2),
  );
});
