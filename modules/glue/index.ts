import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database';
import { GlueConnection } from '@cdktf/provider-aws/lib/glue-connection';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { arn } from '../arn';
import type { DataSet, QuerySource } from '../contract/data-set';
import { STAGES, ZONES, type Stage, type Zone } from '../naming';
import type { RolePurpose } from '../security';
import { jobArguments, outputLogGroups } from './arguments';
import { Code } from './code';
import { DataSetWorkflow, scheduleOf, type IngestSource } from './data-set-workflow';
import { DatabaseConnection } from './database-connection';
import { EventQueue } from './event-queue';
import { crawlerStatements, eventsStatements, stageStatements, type PermissionProps } from './permissions';
import { ProductEvents } from './product-events';
import { QualityRuleset } from './quality-ruleset';
import { SourceEvents } from './source-events';

export interface GlueOutputs {
  readonly jobs: readonly Job[];
  /** Name of the queue for events that could not be delivered or dealt with. */
  readonly undeliveredQueue: string;
}

export interface Job {
  readonly name: string;
  readonly stage: Stage;
  readonly dataset: string;
  /** Minutes from which on a run counts as late. */
  readonly lateAfterMinutes: number;
}

export interface GlueProps extends Omit<PermissionProps, 'connectionArns'> {
  readonly logRetentionDays: number;
}

/** A run that takes half the time after which it is stopped is late. */
const LATE_FRACTION = 0.5;
/** Under its bucket, what a zone's tables lie in. */
const ZONE_PREFIX: Record<Zone, string> = { raw: 'data/', processed: '', curated: '' };

/** Data Catalog, code, jobs, workflows and crawlers, what starts and feeds them, and what their roles may do. */
export class Glue extends Construct implements GlueOutputs {
  readonly jobs: readonly Job[];
  readonly undeliveredQueue: string;
  private readonly databases: Readonly<Record<Zone, string>>;
  private readonly connections: readonly GlueConnection[];
  private readonly code: Code;
  private readonly undelivered: EventQueue;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GlueProps,
  ) {
    super(scope, id);
    this.databases = this.createDatabases();
    this.connections = this.createConnections();
    this.createLogGroups();
    this.attachPolicies();
    this.code = new Code(this, 'code', { bucket: props.storage.buckets.scripts.name });
    this.undelivered = this.createUndeliveredQueue();
    this.undeliveredQueue = this.undelivered.name;
    this.jobs = props.datasets.flatMap((dataset) => this.createDataSet(dataset));
  }

  private createDatabases(): Record<Zone, string> {
    const { naming, storage } = this.props;
    const databases = ZONES.map((zone) => {
      const database = new GlueCatalogDatabase(this, `${zone}-database`, {
        name: naming.database(zone),
        locationUri: `s3://${storage.buckets[zone].name}/${ZONE_PREFIX[zone]}`,
      });
      return [zone, database.name];
    });
    return Object.fromEntries(databases) as Record<Zone, string>;
  }

  /** One connection per private subnet: Glue takes the first of a job's connections that has room. */
  private createConnections(): GlueConnection[] {
    const { naming, config, networking } = this.props;
    if (!config.vpc) return [];
    return networking.privateSubnets.map(
      (subnet, index) =>
        new GlueConnection(this, `network-${index}`, {
          name: naming.resource(`network-${index}`),
          connectionType: 'NETWORK',
          physicalConnectionRequirements: {
            availabilityZone: subnet.availabilityZone,
            subnetId: subnet.id,
            securityGroupIdList: [networking.glueSecurityGroupId],
          },
        }),
    );
  }

  /** Made ahead of the first run, because groups that Glue makes are kept for ever. */
  private createLogGroups(): void {
    const { naming, config, security } = this.props;
    const create = (id: string, name: string) =>
      new CloudwatchLogGroup(this, id, {
        name,
        retentionInDays: this.props.logRetentionDays,
        kmsKeyId: security.keyArns.logs,
      });
    create('journal', naming.glueLogGroup);
    outputLogGroups(naming, config.version, security.securityConfiguration).forEach((name, index) =>
      create(`output-${index}`, name),
    );
  }

  private createUndeliveredQueue(): EventQueue {
    const { naming, security } = this.props;
    return new EventQueue(this, 'undelivered-events', {
      name: naming.queue('undelivered-events'),
      keyArn: security.keyArns.messages,
      rules: arn(this.props, 'events', `rule/${naming.prefix}-*`),
    });
  }

  private attachPolicies(): void {
    const { security } = this.props;
    const props = { ...this.props, connectionArns: this.connections.map(({ arn }) => arn) };
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

  private createDataSet(dataset: DataSet): Job[] {
    const { naming, config, security, storage } = this.props;
    const { code, databases } = this;
    const lateAfterMinutes = Math.max(1, Math.floor(config.timeoutMinutes * LATE_FRACTION));
    const definition = code.uploadDefinition(dataset);
    const { jobs, arn } = new DataSetWorkflow(this, dataset.name, {
      naming,
      config,
      dataset,
      security,
      scripts: code.scripts,
      arguments: jobArguments({ naming, version: config.version, storage, dataset, definition, library: code.library }),
      ingest: this.createSource(dataset),
      connections: this.connections.map(({ name }) => name),
      lateAfterMinutes,
      rawBucket: storage.buckets.raw.name,
      rawDatabase: databases.raw,
    });
    if (dataset.source.type === 'query') this.createProductEvents(dataset, dataset.source, arn);
    if (dataset.rules.length > 0) {
      new QualityRuleset(this, `${dataset.name}-quality`, { naming, dataset, database: databases.processed });
    }
    return STAGES.map((stage) => ({ name: jobs[stage], stage, dataset: dataset.name, lateAfterMinutes }));
  }

  private createSource({ name, source }: DataSet): IngestSource {
    const { naming, config, networking, security } = this.props;
    const id = `${name}-source`;
    switch (source.type) {
      case 's3': {
        const keyArn = security.keyArns.messages;
        const deadLetterArn = this.undelivered.arn;
        const { queueUrl } = new SourceEvents(this, id, { naming, dataset: name, source, keyArn, deadLetterArn });
        return { arguments: { '--source_queue': queueUrl }, connections: [] };
      }
      case 'query':
        return { arguments: {}, connections: [] };
      default: {
        const network = config.vpc ? networking : undefined;
        const connection = new DatabaseConnection(this, id, { naming, dataset: name, source, networking: network });
        return { arguments: { '--connection': connection.name }, connections: [connection.name] };
      }
    }
  }

  private createProductEvents(dataset: DataSet, { inputs }: QuerySource, workflowArn: string): void {
    const { naming, config, security } = this.props;
    new ProductEvents(this, `${dataset.name}-events`, {
      naming,
      dataset: dataset.name,
      inputs,
      schedule: scheduleOf(dataset, config),
      workflowArn,
      roleArn: security.roles.events.arn,
      deadLetterArn: this.undelivered.arn,
    });
  }
}
