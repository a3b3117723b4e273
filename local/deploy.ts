import { createWriteStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import execa from 'execa';
import { Account } from './account';
import { killGroup } from './processes';

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
  const args = ['--environment', 'local', '--region', account.region, '--action', 'apply', '--auto-approve'];
  const env = { ...account.environment, PIPELINE_DATASETS: datasets };
  // A separate group: Terraform, its providers and cdktf end together.
  const options = { cwd: root, env, detached: true, all: true, buffer: false, reject: false } as const;
  const script = execa('./scripts/deploy.sh', args, options);
  const interrupt = () => killGroup(script.pid!, 'SIGINT');
  signal.addEventListener('abort', interrupt);
  let resources = 0;
  script.all!.setEncoding('utf8').on('data', (text: string) => {
    const made = text.match(/Creation complete/g)?.length ?? 0;
    if (made) onProgress((resources += made));
  });
  await pipeline(script.all!, createWriteStream(log));
  const { exitCode } = await script;
  signal.removeEventListener('abort', interrupt);
  if (exitCode !== 0) throw new Error(`Deployment failed; its whole output is in ${log}\n${errorsIn(log)}`);
}

/** Terraform's errors, or the end of the output where there is none. */
function errorsIn(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n');
  const first = lines.findIndex((line) => line.includes('Error:'));
  return (first < 0 ? lines.slice(-20) : lines.slice(first, first + 30)).join('\n').trim();
}
