import { TerraformResource, type TerraformStack } from 'cdktf';
import type { Environment } from '../../environments/schema';
import { placeOf } from '../../scripts/deploy-policy/place';
import { deployPolicies } from '../../scripts/deploy-policy/policies';
import type { Account } from '../arn';
import type { PolicyDocument } from './policies';

/** What deploying a stack needs: the policies that `npm run deploy-policy` prints, by the types of the resources in it. */
export function deploymentOf(
  stack: TerraformStack,
  environment: Environment,
): (account: Account) => readonly PolicyDocument[] {
  const types = stack.node.findAll().filter(TerraformResource.isTerraformResource);
  const unique = [...new Set(types.map(({ terraformResourceType }) => terraformResourceType))];
  return ({ region, accountId }) => deployPolicies(unique, placeOf(environment, { region, account: accountId }));
}
