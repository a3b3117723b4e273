import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { GlueSecurityConfiguration } from '@cdktf/provider-aws/lib/glue-security-configuration';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { Construct } from 'constructs';
import { STAGES, type Naming, type Stage } from '../naming';
import { EncryptionKey } from './encryption-key';
import { logWriters, messageSenders } from './key-users';

export interface SecurityOutputs {
  readonly keyArns: Readonly<Record<KeyPurpose, string>>;
  readonly roles: Readonly<Record<RolePurpose, Role>>;
  /** Name of the Glue security configuration. */
  readonly securityConfiguration: string;
}

/** `data`: buckets, tables and bookmarks; `logs`: log groups; `messages`: topic and queues. */
export type KeyPurpose = 'data' | 'logs' | 'messages';
/** `events`: EventBridge, where it starts workflows. */
export type RolePurpose = Stage | 'crawler' | 'monitoring' | 'events';

export interface Role {
  readonly arn: string;
  readonly name: string;
}

export interface SecurityProps {
  readonly naming: Naming;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/**
 * Customer-managed keys, and roles that carry their trust only: whoever knows both a role and the resources that it
 * needs attaches the policy.
 */
export class Security extends Construct implements SecurityOutputs {
  readonly keyArns: SecurityOutputs['keyArns'];
  readonly roles: SecurityOutputs['roles'];
  readonly securityConfiguration: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SecurityProps,
  ) {
    super(scope, id);
    this.keyArns = this.createKeys();
    this.roles = this.createRoles();
    this.securityConfiguration = this.createSecurityConfiguration();
  }

  private createKeys(): SecurityOutputs['keyArns'] {
    return {
      data: this.createKey('data', 'Buckets, tables and job bookmarks', []),
      logs: this.createKey('logs', 'Log groups', logWriters(this.props)),
      messages: this.createKey('messages', 'Alerts topic and event queues', messageSenders(this.props)),
    };
  }

  private createKey(purpose: KeyPurpose, description: string, users: DataAwsIamPolicyDocumentStatement[]): string {
    const alias = this.props.naming.resource(purpose);
    return new EncryptionKey(this, `${purpose}-key`, { ...this.props, alias, description, users }).arn;
  }

  private createRoles(): SecurityOutputs['roles'] {
    const glue = this.trust('glue');
    const stages = STAGES.map((stage) => [stage, this.createRole(stage, glue)]);
    return {
      ...(Object.fromEntries(stages) as Record<Stage, Role>),
      crawler: this.createRole('crawler', glue),
      monitoring: this.createRole('monitoring', this.trust('lambda')),
      events: this.createRole('events', this.trust('events')),
    };
  }

  private createRole(purpose: RolePurpose, assumeRolePolicy: string): Role {
    return new IamRole(this, `${purpose}-role`, { name: this.props.naming.resource(purpose), assumeRolePolicy });
  }

  private trust(service: string): string {
    return new DataAwsIamPolicyDocument(this, `${service}-trust`, {
      statement: [
        { actions: ['sts:AssumeRole'], principals: [{ type: 'Service', identifiers: [`${service}.amazonaws.com`] }] },
      ],
    }).json;
  }

  private createSecurityConfiguration(): string {
    const { data, logs } = this.keyArns;
    return new GlueSecurityConfiguration(this, 'glue', {
      name: this.props.naming.resource('glue'),
      encryptionConfiguration: {
        s3Encryption: { s3EncryptionMode: 'SSE-KMS', kmsKeyArn: data },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn: data },
        cloudwatchEncryption: { cloudwatchEncryptionMode: 'SSE-KMS', kmsKeyArn: logs },
      },
    }).name;
  }
}
