import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { Construct } from 'constructs';

export interface Role {
  readonly arn: string;
  readonly name: string;
}

export interface ServiceRoleProps {
  readonly name: string;
  /** The service that assumes the role, without `.amazonaws.com`. */
  readonly service: string;
  readonly accountId: string;
  /** @default those of every resource */
  readonly tags?: Record<string, string>;
}

/**
 * A role that a service of AWS assumes, and not on behalf of another account. It carries its trust only: whoever knows what
 * the role needs attaches the policy. Sources for services that tell STS the account: AWS Lambda developer guide, "Working
 * with AWS managed policies in the execution role"; Amazon VPC user guide, "IAM role for publishing flow logs"; the roles
 * that the console of EventBridge makes.
 */
export class ServiceRole extends Construct implements Role {
  readonly arn: string;
  readonly name: string;

  constructor(scope: Construct, id: string, { name, service, accountId, tags }: ServiceRoleProps) {
    super(scope, id);
    const trust = new DataAwsIamPolicyDocument(this, 'trust', {
      statement: [
        {
          actions: ['sts:AssumeRole'],
          principals: [{ type: 'Service', identifiers: [`${service}.amazonaws.com`] }],
          // Where a service says nothing there is nobody else: IAM passes roles to services within an account only. Glue
          // documents no account, and emulators tell none.
          condition: [{ test: 'StringEqualsIfExists', variable: 'aws:SourceAccount', values: [accountId] }],
        },
      ],
    });
    const role = new IamRole(this, 'role', { name, assumeRolePolicy: trust.json, tags });
    this.arn = role.arn;
    this.name = role.name;
  }
}
