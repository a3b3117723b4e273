import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret';
import { SecretsmanagerSecretRotation } from '@cdktf/provider-aws/lib/secretsmanager-secret-rotation';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import { arn, type Account } from '../arn';
import type { Naming } from '../naming';
import { EncryptionKey } from './encryption-key';

export interface DatabaseSecretsProps extends Account {
  readonly naming: Naming;
  readonly config: Environment['secrets'];
  /** As the contracts name them. */
  readonly names: readonly string[];
}

/** Secrets for users and passwords of databases. They have no value until people put it; then a function may rotate it. */
export class DatabaseSecrets extends Construct {
  readonly keyArn: string;
  /** ARNs by name. */
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
    const secrets = names.map((name) => this.createSecret(name));
    this.arns = Object.fromEntries(secrets.map((secret, index) => [names[index], secret.arn]));
    if (config.rotation !== undefined) this.rotate(secrets, config.rotation);
  }

  private createSecret(name: string): SecretsmanagerSecret {
    return new SecretsmanagerSecret(this, `secret-${name}`, {
      name,
      description: `User and password of a database, for ${this.props.naming.prefix}`,
      kmsKeyId: this.keyArn,
      recoveryWindowInDays: this.props.config.recoveryDays,
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
