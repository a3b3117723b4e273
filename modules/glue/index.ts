import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database';
import { GlueConnection } from '@cdktf/provider-aws/lib/glue-connection';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { DataSet } from '../contract/data-set';
import { STAGES, ZONES, type Stage, type Zone } from '../naming';
import { jobArguments, outputLogGroups } from './arguments';
import { Code } from './code';
import { DataSetWorkflow } from './data-set-workflow';
import { crawlerStatements, stageStatements, type PermissionProps } from './permissions';

export interface GlueOutputs {
  readonly jobs: readonly Job[];
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

/** Data Catalog, code, jobs, workflows and crawlers, and what their roles may do. */
export class Glue extends Construct implements GlueOutputs {
  readonly jobs: readonly Job[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GlueProps,
  ) {
    super(scope, id);
    const databases = this.createDatabases();
    const connections = this.createConnections();
    this.createLogGroups();
    this.attachPolicies(connections);
    const code = new Code(this, 'code', { bucket: props.storage.buckets.scripts.name });
    this.jobs = props.datasets.flatMap((dataset) => this.createWorkflow(dataset, code, connections, databases.raw));
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

  private attachPolicies(connections: readonly GlueConnection[]): void {
    const { security } = this.props;
    const props = { ...this.props, connectionArns: connections.map(({ arn }) => arn) };
    const statements = {
      ...Object.fromEntries(STAGES.map((stage) => [stage, stageStatements(stage, props)])),
      crawler: crawlerStatements(props),
    };
    for (const [purpose, statement] of Object.entries(statements)) {
      const policy = new DataAwsIamPolicyDocument(this, `${purpose}-permissions`, { statement });
      new IamRolePolicy(this, `${purpose}-policy`, {
        name: 'permissions',
        role: security.roles[purpose as Stage | 'crawler'].name,
        policy: policy.json,
      });
    }
  }

  private createWorkflow(
    dataset: DataSet,
    code: Code,
    connections: readonly GlueConnection[],
    rawDatabase: string,
  ): Job[] {
    const { naming, config, security, storage } = this.props;
    const lateAfterMinutes = Math.max(1, Math.floor(config.timeoutMinutes * LATE_FRACTION));
    const definition = code.uploadDefinition(dataset);
    const { jobs } = new DataSetWorkflow(this, dataset.name, {
      naming,
      config,
      dataset,
      security,
      scripts: code.scripts,
      arguments: jobArguments({ naming, version: config.version, storage, dataset, definition, library: code.library }),
      connections: connections.map(({ name }) => name),
      lateAfterMinutes,
      rawBucket: storage.buckets.raw.name,
      rawDatabase,
    });
    return STAGES.map((stage) => ({ name: jobs[stage], stage, dataset: dataset.name, lateAfterMinutes }));
  }
}
