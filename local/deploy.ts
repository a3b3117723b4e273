import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { Account } from './account';

const root = path.resolve(__dirname, '..');

/**
 * Deploys environment `local` into the account with the deploy script that users run, its output going to `log`.
 *
 * @param datasets folder of contracts, absolute
 * @param onProgress called with the number of resources made so far
 * @throws Error with Terraform's own errors
 */
export async function deploy(
  account: Account,
  datasets: string,
  log: string,
  onProgress: (resources: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const output = createWriteStream(log);
  const script = spawn(
    './scripts/deploy.sh',
    ['--environment', 'local', '--region', account.region, '--action', 'apply', '--auto-approve'],
    // A group of its own: Terraform, its providers and cdktf end together.
    { cwd: root, env: { ...process.env, ...account.environment, PIPELINE_DATASETS: datasets }, detached: true },
  );
  const interrupt = () => process.kill(-script.pid!, 'SIGINT');
  signal.addEventListener('abort', interrupt);
  let resources = 0;
  for (const stream of [script.stdout, script.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.write(text);
      const made = text.match(/Creation complete/g)?.length ?? 0;
      if (made) onProgress((resources += made));
    });
  }
  const [code] = (await once(script, 'close')) as [number | null];
  signal.removeEventListener('abort', interrupt);
  await new Promise((resolve) => output.end(resolve));
  if (code !== 0) throw new Error(`Deployment failed; its whole output is in ${log}\n${errorsIn(log)}`);
}

/** Terraform's errors, or the end of the output where there is none. */
function errorsIn(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n');
  const first = lines.findIndex((line) => line.includes('Error:'));
  return (first < 0 ? lines.slice(-20) : lines.slice(first, first + 30)).join('\n').trim();
}
