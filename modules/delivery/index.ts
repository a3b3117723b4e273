import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider';
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { S3Backend, TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Account } from '../arn';
import { exempt } from '../exempt';
import { Naming } from '../naming';
import { noEscalation, planState, testing } from './own-policies';
import { readOnly, type PolicyDocument } from './policies';
import { subjects, type Repository, type RolePurpose } from './trust';

const GITHUB = 'token.actions.githubusercontent.com';
/** What the action that gets the credentials asks GitHub for. */
const AUDIENCE = 'sts.amazonaws.com';
const SESSION_SECONDS = 3600;

/**
 * The roles with which the workflows of GitHub plan, deploy and test an environment, for an hour each time and without keys.
 * A stack of its own, which a person applies: a pipeline must not grant itself rights.
 */
export class DeliveryStack extends TerraformStack {
  private readonly naming: Naming;

  /** @param deployment what deploying the environment needs, as far as it is known without its account and Region */
  constructor(
    scope: Construct,
    private readonly environment: Environment,
    private readonly repository: Repository,
    deployment: (account: Account) => readonly PolicyDocument[],
  ) {
    const naming = new Naming(environment.name);
    super(scope, naming.resource('delivery'));
    this.naming = naming;
    const region = this.createProvider();
    const account = {
      region,
      accountId: new DataAwsCallerIdentity(this, 'caller').accountId,
      partition: new DataAwsPartition(this, 'partition').partition,
    };
    const provider = this.identityProvider(account);
    const props = { naming, ...account };
    const deploy = deployment(account);
    this.createRole('plan', provider, [planState(props), ...deploy.flatMap((policy) => readOnly(policy) ?? [])]);
    this.createRole('deploy', provider, [noEscalation(props), ...deploy]);
    const [tests] = this.createRole('test', provider, [testing(props)]);
    exempt(tests!, { CKV_AWS_355: 'Composite alarms are shown to those alone who may see all alarms' });
  }

  /** @returns the Region that the environment is deployed to */
  private createProvider(): string {
    const { name, owner, costCentre, stateRegion } = this.environment;
    const region = new TerraformVariable(this, 'aws_region', {
      type: 'string',
      default: 'us-east-1',
      description: 'Region that the pipeline runs in',
    }).stringValue;
    const tags = { Project: Naming.project, Environment: name, Owner: owner, CostCentre: costCentre };
    new AwsProvider(this, 'aws', { region, defaultTags: [{ tags }] });
    new S3Backend(this, {
      bucket: this.naming.stateBucket,
      key: 'delivery.tfstate',
      region: stateRegion,
      dynamodbTable: this.naming.lockTable,
      encrypt: true,
    });
    return region;
  }

  /** @returns the ARN of GitHub as an identity provider, which an account has once */
  private identityProvider({ partition, accountId }: Account): string {
    if (!this.environment.account.identityProvider) return `arn:${partition}:iam::${accountId}:oidc-provider/${GITHUB}`;
    return new IamOpenidConnectProvider(this, 'github', { url: `https://${GITHUB}`, clientIdList: [AUDIENCE] }).arn;
  }

  /** @returns its policies */
  private createRole(purpose: RolePurpose, provider: string, policies: readonly PolicyDocument[]): IamPolicy[] {
    const equals = (claim: string, values: string[]) => ({
      test: 'StringEquals',
      variable: `${GITHUB}:${claim}`,
      values,
    });
    const trust = new DataAwsIamPolicyDocument(this, `${purpose}-trust`, {
      statement: [
        {
          actions: ['sts:AssumeRoleWithWebIdentity'],
          principals: [{ type: 'Federated', identifiers: [provider] }],
          condition: [
            equals('aud', [AUDIENCE]),
            equals('sub', subjects(purpose, this.environment.name, this.repository)),
          ],
        },
      ],
    });
    const role = new IamRole(this, `${purpose}-role`, {
      name: this.naming.role(`delivery-${purpose}`),
      description: `Workflows of ${this.repository.subject}: ${purpose}`,
      assumeRolePolicy: trust.json,
      maxSessionDuration: SESSION_SECONDS,
    });
    new TerraformOutput(this, `${purpose}_role`, { description: `Role to ${purpose} with`, value: role.arn });
    return policies.map((document, number) => {
      const id = `${purpose}-policy-${number + 1}`;
      const name = this.naming.resource(`delivery-${id}`);
      const policy = new IamPolicy(this, id, { name, policy: JSON.stringify(document) });
      new IamRolePolicyAttachment(this, `${id}-attachment`, { role: role.name, policyArn: policy.arn });
      return policy;
    });
  }
}
