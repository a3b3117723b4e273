import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Account } from '../../local/account';
import { paths } from '../../local/paths';

/** Blocks of Terraform's JSON syntax. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Configuration = Record<string, any>;

/** A small configuration of Terraform with its state in a folder, in an emulated account. */
export class Terraform {
  constructor(
    private readonly folder: string,
    private readonly account: Account,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** The file of a plan in JSON that makes of what there is what a configuration describes. */
  planFile(configuration: Configuration, name: string): string {
    this.write(configuration);
    // What was applied is as it was applied: nobody else is here.
    this.run('plan', '-input=false', '-refresh=false', `-out=${name}`);
    const file = path.join(this.folder, `${name}.json`);
    writeFileSync(file, this.run('show', '-json', name));
    return file;
  }

  /** Applies a plan that was made so. */
  apply(name: string): void {
    this.run('apply', '-input=false', name);
  }

  private write(configuration: Configuration): void {
    const provider = {
      region: this.account.region,
      s3_use_path_style: true,
      skip_credentials_validation: true,
      skip_metadata_api_check: 'true',
      max_retries: 3,
    };
    const terraform = { required_providers: { aws: { source: 'aws', version: '5.100.0' } } };
    const text = JSON.stringify({ terraform, provider: { aws: provider }, ...configuration }, null, 2);
    writeFileSync(path.join(this.folder, 'main.tf.json'), text);
    if (!existsSync(path.join(this.folder, '.terraform'))) this.run('init', '-input=false');
  }

  private run(...args: string[]): string {
    const settings = path.join(paths.root, 'build', 'terraform.rc');
    const env = {
      ...process.env,
      ...this.account.environment,
      ...(existsSync(settings) && { TF_CLI_CONFIG_FILE: settings }),
      CHECKPOINT_DISABLE: '1',
    };
    return execFileSync('terraform', args, { cwd: this.folder, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  }
}
