import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { ServiceRole } from '../security/service-role';
import type { Statement } from './permissions';

export interface GlueRoleProps {
  readonly name: string;
  readonly accountId: string;
  readonly statements: readonly Statement[];
  /** @default those of every resource */
  readonly tags?: Record<string, string>;
}

/** A role that Glue assumes, and all that it may do. */
export class GlueRole extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { statements, ...props }: GlueRoleProps) {
    super(scope, id);
    const role = new ServiceRole(this, 'role', { ...props, service: 'glue' });
    const policy = new DataAwsIamPolicyDocument(this, 'permissions', { statement: [...statements] });
    new IamRolePolicy(this, 'policy', { name: 'permissions', role: role.name, policy: policy.json });
    this.arn = role.arn;
  }
}
