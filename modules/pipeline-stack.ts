import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Aspects, S3Backend, TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { Environment } from '../environments/schema';
import { Compliance } from './compliance';
import type { DataSet } from './contract/data-set';
import { secretNames } from './contract/sources';
import { Cost } from './cost';
import { Glue } from './glue';
import { Monitoring, type MonitoringOutputs } from './monitoring';
import { BUCKETS, Naming } from './naming';
import { Networking } from './networking';
import { reachedSources } from './networking/sources';
import { Security } from './security';
import { PermissionsBoundary } from './security/permissions-boundary';
import { Storage, type StorageOutputs } from './storage';

/** Everything of one environment, in one Region. */
export class PipelineStack extends TerraformStack {
  private readonly naming: Naming;

  constructor(
    scope: Construct,
    private readonly environment: Environment,
    datasets: readonly DataSet[],
  ) {
    const naming = new Naming(environment.name);
    super(scope, naming.prefix);
    this.naming = naming;
    const region = this.createProvider();
    this.createBackend();
    const account = {
      region,
      accountId: new DataAwsCallerIdentity(this, 'caller').accountId,
      partition: new DataAwsPartition(this, 'partition').partition,
    };

    if (environment.permissionsBoundary !== undefined) {
      const boundary = `arn:${account.partition}:iam::${account.accountId}:policy/${environment.permissionsBoundary}`;
      Aspects.of(this).add(new PermissionsBoundary(boundary));
    }

    const security = new Security(this, 'security', {
      naming,
      ...account,
      config: environment,
      secrets: secretNames(datasets),
    });
    const networking = new Networking(this, 'networking', {
      naming,
      ...account,
      config: environment.network,
      sources: reachedSources(environment, datasets, naming),
      flowLogs: { retentionDays: environment.monitoring.logRetentionDays, keyArn: security.keyArns.logs },
    });
    const storage = new Storage(this, 'storage', {
      naming,
      ...account,
      config: environment.storage,
      keyArn: security.keyArns.data,
    });
    const glue = new Glue(this, 'glue', {
      naming,
      ...account,
      config: environment.glue,
      logRetentionDays: environment.monitoring.logRetentionDays,
      datasets,
      networking,
      security,
      storage,
    });
    const monitoring = new Monitoring(this, 'monitoring', {
      naming,
      ...account,
      config: environment.monitoring,
      alertEmails: environment.alertEmails,
      reportEmails: environment.reportEmails ?? environment.alertEmails,
      datasets: glue.datasets,
      undeliveredQueue: glue.undeliveredQueue,
      crawlerLogGroup: glue.crawlerLogGroup,
      driverLogGroup: glue.driverLogGroup,
      security,
      storage,
    });
    new Compliance(this, 'compliance', { naming, ...account, config: environment, security, storage });
    new Cost(this, 'cost', { naming, config: environment });
    this.createOutputs(storage, monitoring, datasets);
  }

  /** @returns the Region that the stack is deployed to */
  private createProvider(): string {
    const region = new TerraformVariable(this, 'aws_region', {
      type: 'string',
      default: 'us-east-1',
      description: 'Region that the pipeline runs in',
    }).stringValue;
    const { owner, costCentre, provider } = this.environment;
    new AwsProvider(this, 'aws', {
      region,
      defaultTags: [
        {
          tags: { Project: Naming.project, Environment: this.environment.name, Owner: owner, CostCentre: costCentre },
        },
      ],
      ...(provider.emulated && {
        s3UsePathStyle: true,
        skipCredentialsValidation: true,
        skipMetadataApiCheck: 'true',
        skipRequestingAccountId: false,
        // By default an action that the emulator does not know is tried for minutes.
        maxRetries: 3,
      }),
    });
    return region;
  }

  private createBackend(): void {
    const { stateRegion, provider } = this.environment;
    new S3Backend(this, {
      bucket: this.naming.stateBucket,
      key: 'terraform.tfstate',
      region: stateRegion,
      dynamodbTable: this.naming.lockTable,
      encrypt: true,
      ...(provider.emulated && {
        usePathStyle: true,
        skipCredentialsValidation: true,
        skipMetadataApiCheck: true,
        skipRequestingAccountId: true,
      }),
    });
  }

  private createOutputs(storage: StorageOutputs, monitoring: MonitoringOutputs, datasets: readonly DataSet[]): void {
    const output = (id: string, description: string, value: unknown) =>
      new TerraformOutput(this, id, { description, value });
    const buckets = BUCKETS.map((purpose) => [purpose, storage.buckets[purpose].name]);
    output('buckets', 'Buckets by purpose', Object.fromEntries(buckets));
    const workflows = datasets.map(({ name }) => [name, this.naming.workflow(name)]);
    output('workflows', 'Glue workflows by data set', Object.fromEntries(workflows));
    output('alerts_topic', 'Topic that alerts are sent to', monitoring.topicArn);
    output('dashboard', 'CloudWatch dashboard', this.naming.dashboard);
  }
}
