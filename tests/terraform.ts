import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import execa from 'execa';
import { Account } from '../local/account';
import { paths } from '../local/paths';
import type { Block } from './infrastructure/synth';

const STACK = 'cdk.tf.json';

/**
 * Terraform for the stacks of this project, in a folder of its own, against an emulated account. Its state is in the
 * folder: the bucket that it would be in is not there. All stacks share the folder, for the provider is large.
 */
export class Workspace {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;

  /** @param settings further environment variables of synth and of Terraform */
  constructor(
    private readonly directory: string,
    account: Pick<Account, 'environment'>,
    settings: Record<string, string> = {},
  ) {
    const mirror = path.join(paths.root, 'build', 'terraform.rc');
    this.folder = path.join(directory, 'terraform');
    this.env = {
      ...process.env,
      ...account.environment,
      ...(existsSync(mirror) && { TF_CLI_CONFIG_FILE: mirror }),
      CHECKPOINT_DISABLE: '1',
      CDKTF_OUTDIR: path.join(directory, 'synthesized'),
      ...settings,
    };
  }

  synthesize(): void {
    execa.sync(process.execPath, ['-r', 'ts-node/register', 'main.ts'], { cwd: paths.root, env: this.env });
  }

  /**
   * Makes the stack of an environment the one that Terraform works on.
   *
   * @param override what is to be another way than synthesized, as Terraform merges override files
   * @returns its resources by type and name
   */
  open(environment: string, override: object = {}): Record<string, Record<string, Block>> {
    const stack = path.join(this.directory, 'synthesized', 'stacks', `glue-etl-pipeline-${environment}`);
    mkdirSync(this.folder, { recursive: true });
    cpSync(stack, this.folder, { recursive: true });
    const overrides = { terraform: { backend: { local: {} } }, ...override };
    writeFileSync(path.join(this.folder, 'override.tf.json'), JSON.stringify(overrides));
    this.terraform('init', '-input=false');
    return (JSON.parse(readFileSync(path.join(this.folder, STACK), 'utf8')) as { resource: never }).resource;
  }

  /** Runs Terraform, however it ends. */
  run(...args: string[]) {
    return execa.sync('terraform', args, { cwd: this.folder, env: this.env, maxBuffer: 2 ** 28, reject: false });
  }

  /** @throws Error with the output if Terraform fails */
  terraform(...args: string[]): string {
    return execa.sync('terraform', args, { cwd: this.folder, env: this.env, maxBuffer: 2 ** 28 }).stdout;
  }
}
