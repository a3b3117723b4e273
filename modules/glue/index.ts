import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { arn } from '../arn';
import type { DataSet, QuerySource } from '../contract/data-set';
import { isFromDatabase } from '../contract/sources';
import type { Site } from '../disaster-recovery/site';
import { exempt } from '../exempt';
import { STAGES, ZONES, type Stage, type Zone } from '../naming';
import type { RolePurpose } from '../security';
import { PermittedRole } from '../security/permitted-role';
import { crawlerLogGroup, jobArguments, outputLogGroups } from './arguments';
import { Code } from './code';
import { DataSetWorkflow, scheduleOf, type IngestSource } from './data-set-workflow';
import { DatabaseConnection } from './database-connection';
import { EventQueue } from './event-queue';
import { sessionLogGroups, sessionStatements } from './interactive-sessions';
import { NetworkConnections } from './network-connections';
import {
  crawlerStatements,
  eventsStatements,
  ingestStatements,
  stageStatements,
  type PermissionProps,
  type Statement,
} from './permissions';
import { ProductEvents } from './product-events';
import { QualityRuleset } from './quality-ruleset';
import { plannedDpuHours, sizeOf } from './sizing';
import { SourceEvents } from './source-events';
import { hasOwnIngestRole } from './source-permissions';
import { optimizerStatements } from './table-optimizer';

export interface GlueOutputs {
  readonly datasets: readonly JobsOfDataSet[];
  /** Name of the queue for events that could not be delivered or dealt with. */
  readonly undeliveredQueue: string;
  /** Name of the log group of the crawlers of raw files. */
  readonly crawlerLogGroup: string;
  /** Name of the log group that holds what Spark's drivers write. */
  readonly driverLogGroup: string;
}

export interface Job {
  readonly name: string;
  readonly stage: Stage;
  readonly dataset: string;
  /** Minutes from which on a run counts as late. */
  readonly lateAfterMinutes: number;
}

/** What monitoring needs to know of a data set. */
export interface JobsOfDataSet {
  readonly name: string;
  readonly jobs: readonly Job[];
  /** Age from which on published data is not as fresh as promised; null if nothing was promised. */
  readonly latencyHours: number | null;
  /** What its jobs should take on a day on which they run; null if the contract gives no volume. */
  readonly plannedDpuHours: number | null;
}

export interface GlueProps extends Omit<PermissionProps, 'network' | 'tableOptimizerRole'> {
  readonly logRetentionDays: number;
  readonly site: Site;
}

/** Under its bucket, what a zone's tables lie in. */
const ZONE_PREFIX: Record<Zone, string> = { raw: 'data/', processed: '', curated: '' };
/** What people read of a zone's database in the catalog; of its tables they read what the contracts say. */
const ZONE_DESCRIPTION: Record<Zone, string> = {
  raw: 'Files as they were delivered, as crawlers find them',
  processed: 'Rows as their contracts want them, by batch, and those that were rejected',
  curated: 'Tables for use: validated, merged or appended',
};

/** Data Catalog, code, jobs, workflows and crawlers, what starts and feeds them, and what their roles may do. */
export class Glue extends Construct implements GlueOutputs {
  readonly datasets: readonly JobsOfDataSet[];
  readonly undeliveredQueue: string;
  readonly crawlerLogGroup: string;
  readonly driverLogGroup: string;
  private readonly databases: Readonly<Record<Zone, string>>;
  /** Connections of all jobs, and of those that read databases; absent where jobs run outside of the VPC. */
  private readonly network?: NetworkConnections;
  private readonly databaseNetwork?: NetworkConnections;
  private readonly tableOptimizerRole?: string;
  private readonly code: Code;
  private readonly undelivered: EventQueue;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GlueProps,
  ) {
    super(scope, id);
    this.databases = this.createDatabases();
    if (props.config.vpc) {
      const { glueSecurityGroupId, databaseSecurityGroupId } = props.networking;
      this.network = this.createConnections('network', [glueSecurityGroupId]);
      if (databaseSecurityGroupId !== undefined) {
        this.databaseNetwork = this.createConnections('databases', [glueSecurityGroupId, databaseSecurityGroupId]);
      }
    }
    if (props.config.tableOptimizers) {
      this.tableOptimizerRole = this.createRole('table-optimizer', optimizerStatements(props));
    }
    if (props.config.interactiveSessions) {
      this.createRole('interactive', sessionStatements({ ...props, network: this.network }));
    }
    ({ crawlers: this.crawlerLogGroup, driver: this.driverLogGroup } = this.createLogGroups());
    this.attachPolicies();
    this.code = new Code(this, 'code', {
      bucket: props.storage.buckets.scripts.name,
      version: props.config.version,
    });
    this.undelivered = this.createUndeliveredQueue();
    this.undeliveredQueue = this.undelivered.name;
    this.datasets = props.datasets.map((dataset) => this.createDataSet(dataset));
  }

  private createDatabases(): Record<Zone, string> {
    const { naming, storage } = this.props;
    const databases = ZONES.map((zone) => {
      const database = new GlueCatalogDatabase(this, `${zone}-database`, {
        name: naming.database(zone),
        description: ZONE_DESCRIPTION[zone],
        locationUri: `s3://${storage.buckets[zone].name}/${ZONE_PREFIX[zone]}`,
      });
      return [zone, database.name];
    });
    return Object.fromEntries(databases) as Record<Zone, string>;
  }

  private createConnections(purpose: string, securityGroupIds: readonly string[]): NetworkConnections {
    const { naming, networking } = this.props;
    return new NetworkConnections(this, purpose, { ...networking, name: naming.resource(purpose), securityGroupIds });
  }

  /** @returns ARN of the role */
  private createRole(purpose: string, statements: readonly Statement[], tags?: Record<string, string>): string {
    const { naming, accountId } = this.props;
    const props = { name: naming.role(purpose), service: 'glue', accountId, statements, tags };
    return new PermittedRole(this, purpose, props).arn;
  }

  /**
   * Made ahead of the first run, because groups that Glue makes are kept for ever.
   *
   * @returns names of the groups of crawlers and of drivers
   */
  private createLogGroups(): { crawlers: string; driver: string } {
    const { naming, config, security } = this.props;
    const create = (id: string, name: string) => {
      const group = new CloudwatchLogGroup(this, id, {
        name,
        retentionInDays: this.props.logRetentionDays,
        kmsKeyId: security.keyArns.logs,
      });
      exempt(group, { CKV_AWS_338: 'An environment says for how long it keeps logs' });
      return group.name;
    };
    create('journal', naming.glueLogGroup);
    const [driver] = outputLogGroups(naming, config.version, security.securityConfiguration).map((name, index) =>
      create(`output-${index}`, name),
    );
    if (config.interactiveSessions) {
      sessionLogGroups(security.securityConfiguration).forEach((name, index) => create(`session-${index}`, name));
    }
    return { crawlers: create('crawlers', crawlerLogGroup(security)), driver: driver! };
  }

  private createUndeliveredQueue(): EventQueue {
    const { naming, config, security } = this.props;
    return new EventQueue(this, 'undelivered-events', {
      account: this.props,
      name: naming.queue('undelivered-events'),
      keyArn: security.keyArns.messages,
      rules: arn(this.props, 'events', `rule/${naming.prefix}-*`),
      withPolicy: config.queuesWithPolicy,
    });
  }

  private attachPolicies(): void {
    const { security } = this.props;
    const props = { ...this.props, network: this.network, tableOptimizerRole: this.tableOptimizerRole };
    const statements = {
      ...Object.fromEntries(STAGES.map((stage) => [stage, stageStatements(stage, props)])),
      crawler: crawlerStatements(props),
      events: eventsStatements(props),
    };
    for (const [purpose, statement] of Object.entries(statements)) {
      if (statement.length === 0) continue;
      const policy = new DataAwsIamPolicyDocument(this, `${purpose}-permissions`, { statement });
      new IamRolePolicy(this, `${purpose}-policy`, {
        name: 'permissions',
        role: security.roles[purpose as RolePurpose].name,
        policy: policy.json,
      });
    }
  }

  private createDataSet(dataset: DataSet): JobsOfDataSet {
    const { naming, config, site, security, storage } = this.props;
    const { code, databases, tableOptimizerRole } = this;
    const definition = code.uploadDefinition(dataset);
    const { arn } = new DataSetWorkflow(this, dataset.name, {
      naming,
      config,
      site,
      dataset,
      security,
      scripts: code.scripts,
      wheel: code.wheel,
      arguments: jobArguments({
        naming,
        version: config.version,
        storage,
        dataset,
        definition,
        library: code.library,
        tableOptimizerRole,
      }),
      ingest: this.createSource(dataset),
      connections: this.network?.names ?? [],
      rawBucket: storage.buckets.raw.name,
      rawDatabase: databases.raw,
    });
    if (dataset.source.type === 'query') this.createProductEvents(dataset, dataset.source, arn);
    if (dataset.rules.length > 0) {
      new QualityRuleset(this, `${dataset.name}-quality`, { naming, dataset, database: databases.processed });
    }
    return {
      name: dataset.name,
      jobs: STAGES.map((stage) => ({
        name: naming.job(stage, dataset.name),
        stage,
        dataset: dataset.name,
        lateAfterMinutes: sizeOf(stage, dataset, config).lateAfterMinutes,
      })),
      latencyHours: dataset.serviceLevel.latencyHours,
      plannedDpuHours: plannedDpuHours(dataset, config),
    };
  }

  private createSource(dataset: DataSet): IngestSource {
    const { naming, config, networking, security } = this.props;
    const { name, source } = dataset;
    const id = `${name}-source`;
    const common = { roleArn: this.createIngestRole(dataset), connections: this.network?.names ?? [] };
    switch (source.type) {
      case 's3': {
        const { queueUrl } = new SourceEvents(this, id, {
          account: this.props,
          naming,
          dataset: name,
          source,
          keyArn: security.keyArns.messages,
          deadLetterArn: this.undelivered.arn,
          withPolicy: config.queuesWithPolicy,
        });
        return { ...common, arguments: { '--source_queue': queueUrl } };
      }
      case 'query':
        return { ...common, arguments: {} };
      default: {
        const { databaseNetwork } = this;
        const network = databaseNetwork && { ...networking, securityGroupIds: databaseNetwork.securityGroupIds };
        const connection = new DatabaseConnection(this, id, { naming, dataset: name, source, network });
        const connections = [connection.name, ...(databaseNetwork?.names ?? [])];
        return { ...common, arguments: { '--connection': connection.name }, connections };
      }
    }
  }

  /** @returns ARN of the role of the data set's ingest job */
  private createIngestRole(dataset: DataSet): string {
    const { naming, security } = this.props;
    if (!hasOwnIngestRole(dataset, naming)) return security.roles.ingest.arn;
    const network = isFromDatabase(dataset) ? this.databaseNetwork : this.network;
    const statements = ingestStatements(dataset, { ...this.props, network });
    return this.createRole(`ingest-${dataset.name}`, statements, { Dataset: dataset.name });
  }

  private createProductEvents(dataset: DataSet, { inputs }: QuerySource, workflowArn: string): void {
    const { naming, config, site, security } = this.props;
    new ProductEvents(this, `${dataset.name}-events`, {
      naming,
      site,
      dataset: dataset.name,
      inputs,
      schedule: scheduleOf(dataset, config),
      workflowArn,
      roleArn: security.roles.events.arn,
      deadLetterArn: this.undelivered.arn,
    });
  }
}
