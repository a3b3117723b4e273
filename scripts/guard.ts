import { Command } from 'commander';
import { RefusedError, run } from './deploy/command';
import { readPlan } from './guard/plan';
import { describe, judge, refusal, RULES } from './guard/rules';

const program = new Command('npm run guard --')
  .description(
    `Judges a plan of Terraform, and refuses what must not happen unnoticed:\n${Object.entries(RULES)
      .map(([rule, text]) => `  ${rule.padEnd(16)} ${text}`)
      .join('\n')}`,
  )
  .argument('<plan>', 'what `terraform show -json PLAN` prints, such as build/plans/dev/plan.json')
  .option('--acknowledge <address...>', 'let pass what is found at ADDRESS, or at ADDRESS:RULE alone', [])
  .addHelpText('after', '\nExit codes: 0 passed, 1 refused, 2 wrong usage.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

run(() => {
  const [file] = program.parse().args;
  const verdict = judge(readPlan(file!), program.opts<{ acknowledge: string[] }>().acknowledge);
  for (const finding of verdict.initial) console.log(`new environment: ${describe(finding)}`);
  for (const finding of verdict.acknowledged) console.log(`acknowledged: ${describe(finding)}`);
  if (verdict.refused.length > 0) throw new RefusedError(refusal(verdict));
  console.log('The guard lets this plan pass');
});
