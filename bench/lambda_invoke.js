'use strict';
// The monitoring function in a process of its own, as Lambda runs it: its bundle, its environment, event after event. Prints
// what it took, as JSON: seconds from the start of the process to the first answer, of later ones, of a day's summary.
const path = require('node:path');
const { performance } = require('node:perf_hooks');

const [bundle, warm, job] = process.argv.slice(2);
const context = { functionName: 'monitoring', getRemainingTimeInMillis: () => 900_000 };

async function seconds(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function main() {
  const { handler } = require(path.resolve(bundle));
  const event = (id) => ({
    'detail-type': 'Glue Job State Change',
    detail: { jobName: job, jobRunId: `jr_${'0'.repeat(58)}${String(id).padStart(6, '0')}`, state: 'SUCCEEDED' },
    time: new Date().toISOString(),
  });
  await handler(event(0), context);
  // Of the whole process, Node's own start included.
  const cold = performance.now() / 1000;
  const times = [];
  for (let id = 1; id <= Number(warm); id++) times.push(await seconds(() => handler(event(4 * id), context)));
  const atRest = process.resourceUsage().maxRSS;
  const summary = await seconds(() => handler({ task: 'daily-summary', time: new Date().toISOString() }, context));
  console.log(JSON.stringify({ cold, warm: times, atRest, summary, peak: process.resourceUsage().maxRSS }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
