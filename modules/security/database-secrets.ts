import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret';
import { SecretsmanagerSecretRotation } from '@cdktf/provider-aws/lib/secretsmanager-secret-rotation';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import { arn, type Account } from '../arn';
import type { SecondRegion } from '../disaster-recovery/second-region';
import type { Site } from '../disaster-recovery/site';
import type { Naming } from '../naming';
import { EncryptionKey } from './encryption-key';

export interface DatabaseSecretsProps extends Account {
  readonly naming: Naming;
  readonly config: Environment['secrets'];
  /** As the contracts name them. */
  readonly names: readonly string[];
  readonly site: Site;
  /** Where secrets have replicas, values included. @default nowhere, or they are replicas themselves */
  readonly secondRegion?: SecondRegion;
}

/** Secrets for users and passwords of databases. They have no value until people put it; then a function may rotate it. */
export class DatabaseSecrets extends Construct {
  readonly keyArn: string;
  /** ARNs by name; of replicas, with wildcards for what AWS ends them in. */
  readonly arns: Readonly<Record<string, string>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DatabaseSecretsProps,
  ) {
    super(scope, id);
    const { naming, config, names } = props;
    this.keyArn = new EncryptionKey(this, 'key', {
      ...props,
      alias: naming.resource('secrets'),
      description: 'Secrets of databases',
      users: [],
    }).arn;
    if (props.site === 'second') {
      const replica = (name: string) => arn(props, 'secretsmanager', `secret:${name}-??????`);
      this.arns = Object.fromEntries(names.map((name) => [name, replica(name)]));
      return;
    }
    const secrets = names.map((name) => this.createSecret(name));
    this.arns = Object.fromEntries(secrets.map((secret, index) => [names[index], secret.arn]));
    if (config.rotation !== undefined) this.rotate(secrets, config.rotation);
  }

  private createSecret(name: string): SecretsmanagerSecret {
    const { naming, config, secondRegion } = this.props;
    return new SecretsmanagerSecret(this, `secret-${name}`, {
      name,
      description: `User and password of a database, for ${naming.prefix}`,
      kmsKeyId: this.keyArn,
      recoveryWindowInDays: config.recoveryDays,
      ...(secondRegion && { replica: [{ region: secondRegion.region, kmsKeyId: secondRegion.keyArns.secrets }] }),
    });
  }

  private rotate(
    secrets: readonly SecretsmanagerSecret[],
    { function: functionName, days }: NonNullable<Environment['secrets']['rotation']>,
  ): void {
    const { naming, accountId } = this.props;
    // For all secrets of the account: the policy of a function has no room for hundreds.
    const permission = new LambdaPermission(this, 'rotation-permission', {
      statementId: naming.resource('secrets'),
      action: 'lambda:InvokeFunction',
      functionName,
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: accountId,
    });
    for (const secret of secrets) {
      new SecretsmanagerSecretRotation(secret, 'rotation', {
        secretId: secret.id,
        rotationLambdaArn: arn(this.props, 'lambda', `function:${functionName}`),
        rotationRules: { automaticallyAfterDays: days },
        // On the day that it is made, a secret has no value that could be rotated.
        rotateImmediately: false,
        dependsOn: [permission],
      });
    }
  }
}
