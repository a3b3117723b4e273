import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { AwsProvider, type AwsProviderConfig } from '@cdktf/provider-aws/lib/provider';
import { Aspects, S3Backend, TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { Environment } from '../environments/schema';
import { onlyRegionOf } from '../environments/second-region';
import { Compliance } from './compliance';
import type { DataSet } from './contract/data-set';
import { secretNames } from './contract/sources';
import { Cost } from './cost';
import { DisasterRecovery } from './disaster-recovery';
import { SecondRegion } from './disaster-recovery/second-region';
import { siteOf } from './disaster-recovery/site';
import { Glue } from './glue';
import { Monitoring, type MonitoringOutputs } from './monitoring';
import { BUCKETS, Naming } from './naming';
import { Networking } from './networking';
import { reachedSources } from './networking/sources';
import { Security } from './security';
import { PermissionsBoundary } from './security/permissions-boundary';
import { Storage, type StorageOutputs } from './storage';

/** Everything of one environment, in one Region; of a first Region, also what ties it to the second. */
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
    const region = this.createRegion();
    new AwsProvider(this, 'aws', this.providerConfig(region));
    this.createBackend();
    const account = {
      region,
      accountId: new DataAwsCallerIdentity(this, 'caller').accountId,
      partition: new DataAwsPartition(this, 'partition').partition,
    };
    const site = siteOf(environment);
    const secrets = secretNames(datasets);
    const secondRegion = this.createSecondRegion(secrets.length > 0);

    if (environment.permissionsBoundary !== undefined) {
      const boundary = `arn:${account.partition}:iam::${account.accountId}:policy/${environment.permissionsBoundary}`;
      Aspects.of(this).add(new PermissionsBoundary(boundary));
    }

    const security = new Security(this, 'security', {
      naming,
      ...account,
      config: environment,
      site,
      secrets,
      secondRegion,
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
      site,
      keyArn: security.keyArns.data,
      secondRegion,
    });
    const glue = new Glue(this, 'glue', {
      naming,
      ...account,
      config: environment.glue,
      site,
      logRetentionDays: environment.monitoring.logRetentionDays,
      datasets,
      networking,
      security,
      storage,
    });
    const monitoring = new Monitoring(this, 'monitoring', {
      naming,
      ...account,
      site,
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
    new Compliance(this, 'compliance', { naming, ...account, config: environment, site, security, storage });
    new Cost(this, 'cost', { naming, config: environment });
    new DisasterRecovery(this, 'disaster-recovery', {
      naming,
      ...account,
      config: environment,
      secondRegion,
      security,
      storage,
      topicArn: monitoring.topicArn,
    });
    this.createOutputs(storage, monitoring, datasets);
  }

  /** @returns the Region that the stack is deployed to: any, unless the environment has two */
  private createRegion(): string {
    const only = onlyRegionOf(this.environment);
    const variable = new TerraformVariable(this, 'aws_region', {
      type: 'string',
      default: only ?? 'us-east-1',
      description: 'Region that the pipeline runs in',
    });
    if (only !== undefined) {
      const condition = `\${var.aws_region == "${only}"}`;
      variable.addValidation({
        condition,
        errorMessage: `${this.naming.prefix} is deployed to ${only} and nowhere else.`,
      });
    }
    return variable.stringValue;
  }

  private createSecondRegion(hasSecrets: boolean): SecondRegion | undefined {
    const { naming, environment } = this;
    if (!environment.disasterRecovery) return undefined;
    const region = environment.disasterRecovery.secondRegion;
    const provider = new AwsProvider(this, 'second', { alias: 'second', ...this.providerConfig(region) });
    return new SecondRegion(this, 'second-region', { region, provider, naming: naming.second, hasSecrets });
  }

  private providerConfig(region: string): AwsProviderConfig {
    const { owner, costCentre, provider } = this.environment;
    return {
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
    };
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
