import { spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { EnvironmentError } from '../../environments';
import { paths } from '../../local/paths';
import { ContractError } from '../../modules/contract';
import { cleanUp } from './cleanup';
import { TEST_MARK } from '../../modules/delivery/own-policies';
import { DATASET, Target } from './target';

interface Options {
  readonly environment: string;
  readonly cleanup: boolean;
}

const program = new Command('npm run test:integration --')
  .description(
    `Tests a deployed environment: delivers two small files with known defects to data set ${DATASET}, runs its workflow,
and checks counts, quarantine, verdict, job state, report and alert. It removes what it has brought, and nothing else.`,
  )
  .requiredOption('--environment <name>', 'an environment of the folder environments/, such as dev')
  .option('--cleanup', `only remove what tests have left: all that is named ${TEST_MARK}…`, false)
  .addHelpText(
    'after',
    `
For environment local, \`npm start -- --keep\` and then \`source build/local/env.sh\`.
Exit codes: 0 passed, 1 failed, 2 wrong usage.`,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

async function main({ environment, cleanup }: Options): Promise<number> {
  process.env.AWS_REGION ??= 'us-east-1';
  const target = new Target(environment);
  if (!cleanup) {
    const { status } = spawnSync('npx', ['--no-install', 'jest', '--selectProjects', 'integration', '--verbose'], {
      cwd: paths.root,
      env: { ...process.env, INTEGRATION_ENVIRONMENT: environment },
      stdio: 'inherit',
    });
    return status ?? 1;
  }
  await cleanUp(target, (text) => console.log(text));
  return 0;
}

main(program.parse().opts())
  .then((code) => (process.exitCode = code))
  .catch((error: Error) => {
    const isUsage = error instanceof EnvironmentError || error instanceof ContractError;
    console.error(isUsage ? error.message : error);
    process.exitCode = isUsage ? 2 : 1;
  });
