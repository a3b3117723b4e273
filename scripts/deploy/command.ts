import { parseArgs } from 'node:util';
import { EnvironmentError } from '../../environments';
import { ContractError } from '../../modules/contract';

/** What keeps a command from being begun, in words for whoever gave it; nothing was changed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command found that must not go on, in words for whoever reads it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Runs a command; its exit code is 0 when done, 1 when refused, 2 when it could not begin. */
export function run(main: () => void | Promise<void>): void {
  Promise.resolve()
    .then(main)
    .catch((error: unknown) => {
      const isUsage = [EnvironmentError, ContractError, UsageError].some((type) => error instanceof type);
      if (!isUsage && !(error instanceof RefusedError)) throw error;
      console.error((error as Error).message);
      process.exitCode = isUsage ? 2 : 1;
    });
}

/** What deploy.sh tells those who look at a plan. */
export function reviewArguments() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { acknowledge: { type: 'string', multiple: true }, release: { type: 'string' } },
  });
  const [action, file, name, region, account] = positionals as [string, string, string, string, string];
  return { action, file, name, region, account, acknowledged: values.acknowledge ?? [], tested: values.release };
}
