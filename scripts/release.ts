import Table from 'cli-table3';
import { Command } from 'commander';
import { RefusedError, run, UsageError } from './deploy/command';
import { contractsDigest, digestsOf } from './deploy/digests';
import { currentCommit } from './deploy/origin';
import { checkPromotion } from './deploy/promote';
import { currentRelease, listReleases, markTested, readRelease, type Release } from './deploy/releases';
import { StateStore } from './deploy/state-store';
import { withSynthesized } from './deploy/synthesize';

interface Options {
  readonly environment: string;
  readonly commit?: string;
  readonly release?: string;
}

const program = new Command('npm run release --')
  .description('What was deployed to an environment, and whether it may be promoted.')
  .addHelpText('after', '\nExit codes: 0 done, 1 refused, 2 wrong usage.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

function command(name: string, description: string, action: (store: StateStore, options: Options) => Promise<void>) {
  return program
    .command(name)
    .description(description)
    .requiredOption('--environment <name>', 'an environment of the folder environments/, such as dev')
    .action((options: Options) => run(() => action(new StateStore(options.environment), options)));
}

command('list', 'lists releases, the latest first', async (store) => {
  const [releases, current] = [await listReleases(store), await currentRelease(store)];
  const table = new Table({
    head: ['commit', 'deployed', 'tested', ''],
    style: { head: [], border: [], compact: true },
  });
  for (const { commit, deployedAt, testedAt } of releases)
    table.push([commit, deployedAt, testedAt ?? 'no', commit === current?.commit ? 'is deployed' : '']);
  console.log(releases.length > 0 ? table.toString() : `Nothing was deployed to ${store.environment.name} yet`);
});

command('show', 'prints the record of a release as JSON', async (store, { commit }) => {
  console.log(JSON.stringify(await find(store, commit), null, 2));
}).option('--commit <sha>', 'of the release; default: what is deployed');

command('previous', 'prints the commit of the release before the one that is deployed', async (store) => {
  const { commit, previous } = await find(store);
  if (previous === undefined) throw new RefusedError(`${commit} is the first release of ${store.environment.name}`);
  console.log(previous);
});

command('mark-tested', 'says that what is deployed has passed its tests', async (store, { commit }) => {
  const release = await markTested(store, commit ?? currentCommit());
  console.log(`${release.commit} has passed its tests in ${release.environment}`);
}).option('--commit <sha>', 'that was tested; default: that of the working copy');

command('verify', 'makes sure that this working copy is what was tested', async (store, { release }) => {
  const { name, promotedFrom } = store.environment;
  if (promotedFrom === undefined) throw new UsageError(`environments/${name}.ts: promotedFrom names no environment`);
  await checkPromotion(store, { commit: currentCommit(), digests: { ...synthesized(name), providers: [] } }, release);
  console.log(`This is what was tested in ${promotedFrom}`);
}).option(
  '--release <file>',
  'what `show` prints in the account of the other environment, where this one cannot read it',
);

async function find(store: StateStore, commit?: string): Promise<Release> {
  const release = commit === undefined ? await currentRelease(store) : await readRelease(store, commit);
  if (release !== undefined) return release;
  const { name } = store.environment;
  throw new RefusedError(
    commit === undefined ? `Nothing is deployed to ${name}` : `${commit} was not deployed to ${name}`,
  );
}

/** Digests of what the working copy would deploy to an environment. */
function synthesized(environment: string) {
  const contracts = contractsDigest(process.env.PIPELINE_DATASETS ?? 'datasets');
  return withSynthesized((folder) => ({ ...digestsOf(folder, environment), contracts }), environment);
}

program.parse();
