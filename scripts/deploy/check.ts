import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { environmentNames, loadEnvironment } from '../../environments';
import { onlyRegionOf } from '../../environments/second-region';
import { RefusedError, run, UsageError } from './command';
import { StateStore, type State } from './state-store';

/** Longer than AWS takes to answer, and short enough to wait for. */
const TIMEOUT_MILLISECONDS = 5000;

/**
 * Before anything is done: `check.ts ENVIRONMENT REGION ACTION`. Prints in one line what deploy.sh needs to know: account,
 * whether the state has a place (`ready`, or `new`), the environments to synthesize, stack, and the environment's singletons.
 */
run(async () => {
  const [name, region, action] = process.argv.slice(2) as [string, string, string];
  const store = new StateStore(name);
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UsageError(`'${region}' is no Region of AWS, such as us-east-1`);
  const only = onlyRegionOf(store.environment);
  if (only !== undefined && region !== only)
    throw new UsageError(`Environment ${name} is deployed to ${only} and nowhere else: give --region ${only}`);
  const { account, storage } = store.environment;
  if (action === 'destroy' && storage.deletionProtection) {
    throw new RefusedError(`Environment ${name} is protected from being deleted: storage.deletionProtection. To destroy it on
  purpose, set that to false in environments/${name}.ts, apply, and destroy`);
  }
  const accountId = await callerAccount(region);
  const [state, lock, isThere] = await Promise.all([store.state(), store.lock(), store.isThere()]);
  if (['plan', 'apply'].includes(action)) await checkSecondRegion(store);
  if (state !== undefined) checkPlace(name, state, accountId, region);
  if (lock !== undefined && action !== 'output') throw new RefusedError(store.explain(lock));
  const singletons = Object.entries(account).flatMap(([key, isHere]) => (isHere ? [key] : []));
  const synthesized = [name, ...promotedTo(name)].join();
  console.log(accountId, isThere ? 'ready' : 'new', synthesized, store.naming.prefix, ...singletons);
});

/** The second Region has the keys and buckets that the first one copies to. */
async function checkSecondRegion({ environment: { name, disasterRecovery }, naming }: StateStore): Promise<void> {
  if (disasterRecovery === undefined || (await new StateStore(naming.second.environment).state()) !== undefined) return;
  throw new RefusedError(`Environment ${name} copies its data to a second Region, where nothing is deployed yet. Begin with that:
  ./scripts/deploy.sh --environment ${naming.second.environment} --region ${disasterRecovery.secondRegion} --action apply`);
}

/** What this is tested for: a release is known by the stacks that its sources give for those, too. */
function promotedTo(name: string): string[] {
  return environmentNames().filter((other) => loadEnvironment(other).promotedFrom === name);
}

async function callerAccount(region: string): Promise<string> {
  const client = new STSClient({ region, maxAttempts: 2, requestHandler: { connectionTimeout: TIMEOUT_MILLISECONDS } });
  try {
    return (await client.send(new GetCallerIdentityCommand({}))).Account!;
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    if (name === 'CredentialsProviderError')
      throw new UsageError(
        `No credentials of AWS found: run 'aws configure' or 'aws sso login', and try again (${message})`,
      );
    if (code !== undefined || name === 'TimeoutError')
      throw new UsageError(
        `AWS cannot be reached in Region ${region}: is there such a Region, and a network? (${message})`,
      );
    throw new UsageError(
      `AWS does not accept your credentials: run 'aws configure' or 'aws sso login', and try again (${name}: ${message})`,
    );
  }
}

/** An apply elsewhere would make everything a second time, and forget the first. */
function checkPlace(name: string, state: State, accountId: string, region: string): void {
  const arns = state.resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ instances }) => instances.map(({ attributes }) => attributes.arn ?? ''));
  const [, , , deployedRegion, deployedAccount] = arns.map((arn) => arn.split(':')).find(isOfOnePlace) ?? [];
  if (deployedRegion === undefined || (deployedRegion === region && deployedAccount === accountId)) return;
  throw new RefusedError(`Environment ${name} is deployed in ${deployedRegion} of account ${deployedAccount}, and this would be
  ${region} of account ${accountId}. Give --region ${deployedRegion} and credentials of that account; to move the environment,
  destroy it there first`);
}

function isOfOnePlace([, , , region, account]: string[]): boolean {
  return Boolean(region && account);
}
