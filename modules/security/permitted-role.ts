import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { ServiceRole, type ServiceRoleProps } from './service-role';

export interface PermittedRoleProps extends ServiceRoleProps {
  readonly statements: readonly DataAwsIamPolicyDocumentStatement[];
}

/** A role that a service assumes, and all that it may do. */
export class PermittedRole extends Construct {
  readonly arn: string;
  /** In force before the service needs it. */
  readonly policy: ITerraformDependable;

  constructor(scope: Construct, id: string, { statements, ...props }: PermittedRoleProps) {
    super(scope, id);
    const role = new ServiceRole(this, 'role', props);
    const document = new DataAwsIamPolicyDocument(this, 'permissions', { statement: [...statements] });
    this.policy = new IamRolePolicy(this, 'policy', { name: 'permissions', role: role.name, policy: document.json });
    this.arn = role.arn;
  }
}
