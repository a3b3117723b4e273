import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { runningAccount, startAccount } from './account';
import { paths } from './paths';
import { formatRows } from './print';
import { runSql } from './sql-engine';

const program = new Command('npm run sql --')
  .description('Queries the lake of the last `npm start`. The curated database is the default one.')
  .argument('<query>', 'a statement of Spark SQL')
  .option('--json', 'print a JSON array with an object per row', false)
  .parse();

async function main(query: string, { json }: { json: boolean }): Promise<void> {
  const running = await runningAccount();
  if (!running && !existsSync(path.join(paths.state, 'run.json')))
    throw new Error('There is no lake yet: `npm start` makes one');
  const account = running ?? (await startAccount({ fresh: false, region: 'us-east-1' }));
  try {
    const { columns, rows } = await runSql(account, query);
    const objects = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
    console.log(json ? JSON.stringify(objects) : formatRows({ columns, rows }));
  } finally {
    if (!running) await account.stop();
  }
}

main(program.args[0]!, program.opts()).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
