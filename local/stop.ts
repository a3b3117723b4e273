import { runningAccount } from './account';

async function main(): Promise<void> {
  const account = await runningAccount();
  await account?.stop();
  console.log(account ? 'The emulated account is stopped; its data stays for `npm run sql`.' : 'Nothing is running.');
}

void main();
