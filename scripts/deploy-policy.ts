import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { loadEnvironment } from '../environments';
import { placeOf } from './deploy-policy/place';
import { deployPolicies } from './deploy-policy/policies';
import { run } from './deploy/command';
import { withSynthesized } from './deploy/synthesize';

interface Options {
  readonly environment: string;
  readonly region: string;
  readonly account: string;
  readonly out?: string;
}

const program = new Command('npm run deploy-policy --')
  .description(
    'Prints the IAM policies that a person or a role needs to deploy an environment, from the resources of its stack: as\n' +
      'many as their size asks for, in a list.',
  )
  .requiredOption('--environment <name>', 'an environment of the folder environments/, such as dev')
  .option('--region <region>', 'the Region that it is deployed to', '*')
  .option('--account <id>', 'the account', '*')
  .option('--out <folder>', 'write them there, one file each')
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

run(() => {
  const { environment, region, account, out } = program.parse().opts<Options>();
  const place = placeOf(loadEnvironment(environment), { region, account });
  const policies = deployPolicies(resourceTypes(environment), place);
  if (out === undefined) console.log(JSON.stringify(policies, null, 2));
  else {
    mkdirSync(out, { recursive: true });
    policies.forEach((policy, index) => {
      const file = path.join(out, `${place.prefix}-deploy-${index + 1}.json`);
      writeFileSync(file, `${JSON.stringify(policy, null, 2)}\n`);
      console.log(file);
    });
  }
});

/** Types of the resources of an environment's stacks. */
function resourceTypes(environment: string): string[] {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as { resource: object };
  return withSynthesized((folder) => {
    const stacks = readdirSync(path.join(folder, 'stacks')).map((stack) =>
      path.join(folder, 'stacks', stack, 'cdk.tf.json'),
    );
    return [...new Set(stacks.flatMap((file) => Object.keys(read(file).resource)))];
  }, environment);
}
