import { TerraformResource, type TerraformStack } from 'cdktf';
import { deployPolicies } from '../../scripts/deploy-policy/policies';
import type { Account } from '../arn';
import type { Naming } from '../naming';
import type { PolicyDocument } from './policies';

/** What deploying a stack needs: the policies that `npm run deploy-policy` prints, by the types of the resources in it. */
export function deploymentOf(stack: TerraformStack, naming: Naming): (account: Account) => readonly PolicyDocument[] {
  const types = stack.node.findAll().filter(TerraformResource.isTerraformResource);
  const unique = [...new Set(types.map(({ terraformResourceType }) => terraformResourceType))];
  const { prefix } = naming;
  return ({ region, accountId }) =>
    deployPolicies(unique, { region, account: accountId, prefix, database: prefix.replaceAll('-', '_') });
}
