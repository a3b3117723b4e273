import { runningAccount } from '../../local/account';

/** Ends the account that all files share; what it held stays in build/local until the next one. */
export default async function tearDown(): Promise<void> {
  await (await runningAccount())?.stop();
}
