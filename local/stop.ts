import { Command } from 'commander';
import { runningAccount } from './account';

new Command('npm run stop --')
  .description('Ends the emulated account that `npm start -- --keep` has left up. Its data stays for `npm run sql`.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

async function main(): Promise<void> {
  const account = await runningAccount();
  await account?.stop();
  console.log(account ? 'The emulated account is stopped; its data stays for `npm run sql`.' : 'Nothing is running.');
}

void main();
