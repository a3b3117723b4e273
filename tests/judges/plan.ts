import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { environmentNames, loadEnvironment } from '../../environments';
import { startAccount, type Account } from '../../local/account';
import { Naming, REPLICATED } from '../../modules/naming';
import type { Block } from '../infrastructure/synth';
import { Workspace } from '../terraform';

/** What a stack would be in an account that has nothing. */
export interface Plan {
  /** Name of the environment; of the stack of its roles for workflows, with `-delivery`. */
  readonly environment: string;
  /** As `terraform show -json` has it. */
  readonly file: string;
  /** Resources by type and name, as they are synthesized. */
  readonly resource: Record<string, Record<string, Block>>;
}

/** Environments that are deployed to AWS. */
const DEPLOYED = environmentNames().filter((name) => !loadEnvironment(name).provider.emulated);

/**
 * Validates and plans every environment that is deployed to AWS, in a folder; the emulated account answers what plans ask of one.
 *
 * @throws Error with Terraform's own errors
 */
export async function makePlans(directory: string): Promise<Plan[]> {
  const account = await startAccount({ fresh: true, region: 'us-east-1', directory: path.join(directory, 'account') });
  const workspace = new Workspace(directory, account);
  try {
    makeSecondRegions(account);
    workspace.synthesize();
    const stacks = DEPLOYED.flatMap((environment) => [environment, `${environment}-delivery`]);
    return stacks.map((stack) => makePlan(stack, directory, workspace));
  } finally {
    await account.stop();
  }
}

/** Makes of the stacks of second Regions what those of the first ones ask for: keys, and buckets to copy to. */
export function makeSecondRegions({ environment }: Account): void {
  for (const name of DEPLOYED) {
    const { standby } = loadEnvironment(name);
    if (!standby) continue;
    const region = standby.secondRegion;
    const aws = (...args: string[]) =>
      execFileSync('aws', [...args, '--region', region, '--output', 'text'], {
        env: { ...process.env, ...environment },
        encoding: 'utf8',
      });
    const naming = new Naming(name);
    const key = aws('kms', 'create-key', '--query', 'KeyMetadata.KeyId').trim();
    aws('kms', 'create-alias', '--alias-name', naming.alias('data'), '--target-key-id', key);
    for (const bucket of REPLICATED.map((purpose) => naming.bucket(purpose))) {
      aws('s3', 'mb', `s3://${bucket}`);
      aws('s3api', 'put-bucket-versioning', '--bucket', bucket, '--versioning-configuration', 'Status=Enabled');
    }
  }
}

function makePlan(environment: string, directory: string, workspace: Workspace): Plan {
  const resource = workspace.open(environment);
  workspace.terraform('validate');
  workspace.terraform('plan', '-input=false', `-out=${environment}.plan`);
  const file = path.join(directory, `${environment}.json`);
  writeFileSync(file, workspace.terraform('show', '-json', `${environment}.plan`));
  return { environment, file, resource };
}
