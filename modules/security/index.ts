import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { GlueSecurityConfiguration } from '@cdktf/provider-aws/lib/glue-security-configuration';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Account } from '../arn';
import type { SecondRegion } from '../disaster-recovery/second-region';
import type { Site } from '../disaster-recovery/site';
import { STAGES, type Naming, type Stage } from '../naming';
import { CatalogEncryption } from './catalog-encryption';
import { DatabaseSecrets } from './database-secrets';
import { EncryptionKey } from './encryption-key';
import { logWriters, messageSenders, trailWriters } from './key-users';
import { ServiceRole, type Role } from './service-role';

export interface SecurityOutputs {
  readonly keyArns: Readonly<Record<KeyPurpose, string>>;
  /** Key of the trail; absent where the environment has none. */
  readonly trailKeyArn?: string;
  readonly roles: Readonly<Record<RolePurpose, Role>>;
  /** Secrets of databases, by the names that contracts give them; absent where no data set reads a database. */
  readonly secrets?: Pick<DatabaseSecrets, 'keyArn' | 'arns'>;
  /** Name of the Glue security configuration. */
  readonly securityConfiguration: string;
}

/** `data`: buckets, tables and bookmarks; `logs`: log groups; `messages`: topic and queues. */
export type KeyPurpose = 'data' | 'logs' | 'messages';
/** `events`: EventBridge, where it starts workflows. */
export type RolePurpose = Stage | 'crawler' | 'monitoring' | 'events';

export interface SecurityProps extends Account {
  readonly naming: Naming;
  readonly config: Pick<Environment, 'account' | 'secrets'>;
  /** Names of the secrets of databases. */
  readonly secrets: readonly string[];
  readonly site: Site;
  /** @default there is none, or this is it */
  readonly secondRegion?: SecondRegion;
}

/**
 * Customer-managed keys, secrets, and roles that carry their trust only: whoever knows both a role and the resources that
 * it needs attaches the policy.
 */
export class Security extends Construct implements SecurityOutputs {
  readonly keyArns: SecurityOutputs['keyArns'];
  readonly trailKeyArn?: string;
  readonly roles: SecurityOutputs['roles'];
  readonly secrets?: DatabaseSecrets;
  readonly securityConfiguration: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SecurityProps,
  ) {
    super(scope, id);
    const { config, secrets: names } = props;
    this.keyArns = {
      data: this.createKey('data', 'Buckets, tables and job bookmarks', []),
      logs: this.createKey('logs', 'Log groups', logWriters(props)),
      messages: this.createKey('messages', 'Alerts topic and event queues', messageSenders(props)),
    };
    if (config.account.trail) this.trailKeyArn = this.createKey('trail', 'CloudTrail', trailWriters(props));
    if (config.account.catalogEncryption) new CatalogEncryption(this, 'catalog', props);
    if (names.length > 0)
      this.secrets = new DatabaseSecrets(this, 'secrets', { ...props, config: config.secrets, names });
    this.roles = this.createRoles();
    this.securityConfiguration = this.createSecurityConfiguration();
  }

  private createKey(
    purpose: KeyPurpose | 'trail',
    description: string,
    users: DataAwsIamPolicyDocumentStatement[],
  ): string {
    const alias = this.props.naming.resource(purpose);
    return new EncryptionKey(this, `${purpose}-key`, { ...this.props, alias, description, users }).arn;
  }

  private createRoles(): SecurityOutputs['roles'] {
    const stages = STAGES.map((stage) => [stage, this.createRole(stage, 'glue')]);
    return {
      ...(Object.fromEntries(stages) as Record<Stage, Role>),
      crawler: this.createRole('crawler', 'glue'),
      monitoring: this.createRole('monitoring', 'lambda'),
      events: this.createRole('events', 'events'),
    };
  }

  private createRole(purpose: RolePurpose, service: string): Role {
    const { naming, accountId } = this.props;
    return new ServiceRole(this, `${purpose}-role`, { name: naming.role(purpose), service, accountId });
  }

  private createSecurityConfiguration(): string {
    const { data, logs } = this.keyArns;
    return new GlueSecurityConfiguration(this, 'glue', {
      name: this.props.naming.securityConfiguration,
      encryptionConfiguration: {
        s3Encryption: { s3EncryptionMode: 'SSE-KMS', kmsKeyArn: data },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn: data },
        cloudwatchEncryption: { cloudwatchEncryptionMode: 'SSE-KMS', kmsKeyArn: logs },
      },
    }).name;
  }
}
