import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GlueClient } from '@aws-sdk/client-glue';
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AccountRecord, clientConfig } from '../account';

/** Credentials of a user, or with a token those of a role. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Clients that act for the service itself, as AWS does within an account. */
export class Clients {
  private readonly config: ReturnType<typeof clientConfig>;
  private readonly sts: STSClient;
  readonly events: EventBridgeClient;
  /** What the emulator itself holds of Glue. */
  readonly glue: GlueClient;
  readonly iam: IAMClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly sns: SNSClient;

  constructor(account: AccountRecord) {
    this.config = clientConfig(account);
    this.sts = new STSClient(this.config);
    this.events = new EventBridgeClient(this.config);
    this.glue = new GlueClient(this.config);
    this.iam = new IAMClient(this.config);
    this.lambda = new LambdaClient(this.config);
    this.logs = new CloudWatchLogsClient(this.config);
    this.sns = new SNSClient(this.config);
  }

  async accountId(): Promise<string> {
    const { Account } = await this.sts.send(new GetCallerIdentityCommand());
    return Account!;
  }

  /**
   * Credentials of the role that a job names, by ARN or by name.
   *
   * @throws Error of STS if there is no such role
   */
  async assume(role: string, sessionName: string): Promise<Credentials> {
    const RoleArn = role.startsWith('arn:') ? role : `arn:aws:iam::${await this.accountId()}:role/${role}`;
    // A session's name holds at most 64 characters.
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: sessionName.slice(0, 64) });
    const { Credentials: given } = await this.sts.send(command);
    return {
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
    };
  }

  /** Whether the policies of a user or role let it do something to each of the resources. */
  async allows(principalArn: string, action: string, ...resourceArns: string[]): Promise<boolean> {
    const { EvaluationResults = [] } = await this.iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: principalArn,
        ActionNames: [action],
        ResourceArns: resourceArns,
      }),
    );
    return EvaluationResults.length > 0 && EvaluationResults.every(({ EvalDecision }) => EvalDecision === 'allowed');
  }

  /** Clients that act with a role's credentials. */
  as(credentials: Credentials) {
    const config = { ...this.config, credentials };
    return {
      cloudwatch: new CloudWatchClient(config),
      logs: new CloudWatchLogsClient(config),
      s3: new S3Client({ ...config, forcePathStyle: true }),
    };
  }
}

export type RoleClients = ReturnType<Clients['as']>;
