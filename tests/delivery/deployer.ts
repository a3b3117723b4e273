import { execFileSync } from 'node:child_process';
import { AttachRolePolicyCommand, CreatePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { clientConfig, type Account } from '../../local/account';
import { paths } from '../../local/paths';
import type { PolicyDocument } from '../../scripts/deploy-policy/policies';

const trust = (accountId: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${accountId}:root` } }],
});

/**
 * Actions of which the emulator does not tell policies the resource as AWS does: where a call names it by an ARN or makes it,
 * or of Glue, of rules of EventBridge and of all of EC2. Of the others, the policies' resources are held against the calls.
 */
const RESOURCE_UNKNOWN =
  /^(cloudwatch|ec2|events|glue|kms|sns):|^(dynamodb:(ListTagsOfResource|TagResource|UntagResource)|lambda:CreateFunction)$/;
/** The emulator asks for the names of the calls, AWS for `ViewBudget` and `ModifyBudget`. */
const NAMED_OTHERWISE = ['budgets:*'];

/** A policy as the emulator can hold calls against it. */
function forEmulator({ Version, Statement }: PolicyDocument): PolicyDocument {
  const everywhere = Statement.flatMap(({ Action }) => Action.filter((action) => RESOURCE_UNKNOWN.test(action)));
  return {
    Version,
    Statement: [...Statement, { Effect: 'Allow', Action: [...everywhere, ...NAMED_OTHERWISE], Resource: ['*'] }],
  };
}

/** Makes a role with the policies that `npm run deploy-policy` prints, and no other. */
export async function assumeDeployer(
  account: Account,
  environment: string,
  datasets: string,
): Promise<NodeJS.ProcessEnv> {
  const [iam, sts] = [new IAMClient(clientConfig(account)), new STSClient(clientConfig(account))];
  const options = ['--environment', environment, '--region', account.region];
  const printed = execFileSync('npm', ['run', '--silent', 'deploy-policy', '--', ...options], {
    cwd: paths.root,
    env: { ...process.env, PIPELINE_DATASETS: datasets },
    encoding: 'utf8',
  });
  const RoleName = 'deployer';
  const AssumeRolePolicyDocument = JSON.stringify(trust('000000000000'));
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  for (const [index, policy] of (JSON.parse(printed) as PolicyDocument[]).entries()) {
    const document = { PolicyName: `deploy-${index}`, PolicyDocument: JSON.stringify(forEmulator(policy)) };
    const { Policy } = await iam.send(new CreatePolicyCommand(document));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy!.Arn }));
  }
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: 'deploy' }));
  return {
    AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials!.SessionToken,
  };
}
