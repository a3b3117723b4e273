import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { environmentNames, loadEnvironment } from '../../environments';
import { startAccount } from '../../local/account';
import { paths } from '../../local/paths';
import type { Block } from '../infrastructure/synth';

/** What an environment would be in an account that has nothing. */
export interface Plan {
  readonly environment: string;
  /** As `terraform show -json` has it. */
  readonly file: string;
  /** Resources by type and name, as they are synthesized. */
  readonly resource: Record<string, Record<string, Block>>;
}

/** Environments that are deployed to AWS. */
const DEPLOYED = environmentNames().filter((name) => !loadEnvironment(name).provider.emulated);

/**
 * Plans every environment that is deployed to AWS, in a folder; the emulated account answers what plans ask of one.
 *
 * @throws Error with Terraform's own errors
 */
export async function makePlans(directory: string): Promise<Plan[]> {
  const account = await startAccount({ fresh: true, region: 'us-east-1', directory: path.join(directory, 'account') });
  const settings = path.join(paths.root, 'build', 'terraform.rc');
  const env = {
    ...process.env,
    ...account.environment,
    ...(existsSync(settings) && { TF_CLI_CONFIG_FILE: settings }),
    CHECKPOINT_DISABLE: '1',
    CDKTF_OUTDIR: path.join(directory, 'synthesized'),
  };
  try {
    execFileSync(process.execPath, ['-r', 'ts-node/register/transpile-only', 'main.ts'], { cwd: paths.root, env });
    return DEPLOYED.map((environment) => makePlan(environment, directory, env));
  } finally {
    await account.stop();
  }
}

function makePlan(environment: string, directory: string, env: NodeJS.ProcessEnv): Plan {
  // One folder for all stacks: they have one provider, which is large.
  const folder = path.join(directory, 'terraform');
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(directory, 'synthesized', 'stacks', `glue-etl-pipeline-${environment}`), folder, {
    recursive: true,
  });
  // The bucket of the state is not there.
  writeFileSync(path.join(folder, 'override.tf.json'), JSON.stringify({ terraform: { backend: { local: {} } } }));
  const terraform = (...args: string[]) =>
    execFileSync('terraform', args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  terraform('init', '-input=false');
  terraform('plan', '-input=false', `-out=${environment}.plan`);
  const file = path.join(directory, `${environment}.json`);
  writeFileSync(file, terraform('show', '-json', `${environment}.plan`));
  return { environment, file, ...JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8')) };
}
