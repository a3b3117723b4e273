import { GlueCrawler } from '@cdktf/provider-aws/lib/glue-crawler';
import { GlueJob } from '@cdktf/provider-aws/lib/glue-job';
import { GlueTrigger, type GlueTriggerConfig } from '@cdktf/provider-aws/lib/glue-trigger';
import { GlueWorkflow } from '@cdktf/provider-aws/lib/glue-workflow';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { DataSet } from '../contract/data-set';
import { switchedTrigger, type Site } from '../disaster-recovery/site';
import { STAGES, type Naming, type Stage } from '../naming';
import type { SecurityOutputs } from '../security';
import { crawlSchedule } from './schedule';
import { sizeOf } from './sizing';

export interface DataSetWorkflowProps {
  readonly naming: Naming;
  readonly config: Environment['glue'];
  readonly site: Site;
  readonly dataset: DataSet;
  readonly security: SecurityOutputs;
  /** S3 URIs. */
  readonly scripts: Readonly<Record<Stage, string>>;
  /** S3 URI of what process installs. */
  readonly wheel: string;
  readonly arguments: Readonly<Record<string, string>>;
  /** What the job of stage `ingest` has of its own. */
  readonly ingest: IngestSource;
  /** Names of the connections of the other jobs, in the order in which Glue tries them; empty outside of the VPC. */
  readonly connections: readonly string[];
  readonly rawBucket: string;
  readonly rawDatabase: string;
}

/** How ingest reaches its source. */
export interface IngestSource {
  readonly arguments: Readonly<Record<string, string>>;
  readonly roleArn: string;
  /** Names of the connections of its job, in the order in which Glue tries them. */
  readonly connections: readonly string[];
}

/** Seconds after the first of several inputs has published; the most that Glue offers. */
const INPUTS_WINDOW_SECONDS = 900;

/**
 * The workflow of a data set: a job per stage, each started by the success of the one before; and the crawler of its raw
 * files, if it has any.
 */
export class DataSetWorkflow extends Construct {
  /** Names of the jobs. */
  readonly jobs: Readonly<Record<Stage, string>>;
  /** ARN of the workflow. */
  readonly arn: string;
  private readonly tags: { Dataset: string };

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DataSetWorkflowProps,
  ) {
    super(scope, id);
    const { naming, dataset } = props;
    this.tags = { Dataset: dataset.name };
    this.jobs = Object.fromEntries(STAGES.map((stage) => [stage, this.createJob(stage)])) as Record<Stage, string>;
    const workflow = new GlueWorkflow(this, 'workflow', {
      name: naming.workflow(dataset.name),
      description: `${dataset.name}: ${STAGES.join(', ')}`,
      maxConcurrentRuns: 1,
      tags: this.tags,
    });
    this.arn = workflow.arn;
    this.createStartTrigger(workflow.name);
    STAGES.slice(1).forEach((stage, index) =>
      this.createTrigger(workflow.name, stage, this.jobs[STAGES[index] as Stage]),
    );
    if (dataset.source.type !== 'query') this.createCrawler();
  }

  private createJob(stage: Stage): string {
    const { naming, config, dataset, security, ingest } = this.props;
    const size = sizeOf(stage, dataset, config);
    // Nothing is taken from the internet: pip installs the wheel from S3. Source: "Using Python libraries with AWS Glue".
    const modules: Record<string, string> =
      stage === 'process' ? { '--additional-python-modules': this.props.wheel } : {};
    const common = { arguments: modules, roleArn: security.roles[stage].arn, connections: this.props.connections };
    const own = stage === 'ingest' ? ingest : common;
    return new GlueJob(this, `${stage}-job`, {
      name: naming.job(stage, dataset.name),
      description: `${dataset.name}: ${stage}`,
      roleArn: own.roleArn,
      command: { name: 'glueetl', pythonVersion: '3', scriptLocation: this.props.scripts[stage] },
      defaultArguments: {
        ...this.props.arguments,
        // Otherwise calls of AWS leave through a network of Glue's own. Source: AWS Glue developer guide, "Configuring AWS
        // calls to go through your VPC".
        ...(own.connections.length > 0 && { '--disable-proxy-v2': 'true' }),
        ...own.arguments,
      },
      glueVersion: config.version,
      workerType: size.workerType,
      numberOfWorkers: size.numberOfWorkers,
      timeout: size.timeoutMinutes,
      executionClass: size.executionClass,
      maxRetries: size.maxRetries,
      executionProperty: { maxConcurrentRuns: 1 },
      notificationProperty: { notifyDelayAfter: size.lateAfterMinutes },
      securityConfiguration: security.securityConfiguration,
      ...(own.connections.length > 0 && { connections: [...own.connections] }),
      tags: this.tags,
    }).name;
  }

  private createStartTrigger(workflowName: string): void {
    const { naming, dataset } = this.props;
    new GlueTrigger(this, 'ingest-trigger', {
      name: naming.trigger('ingest', dataset.name),
      workflowName,
      actions: [{ jobName: this.jobs.ingest }],
      tags: this.tags,
      ...this.start(),
    });
  }

  /** A product starts when as many events have come as it has inputs, or some time after the first. */
  private start(): Pick<
    GlueTriggerConfig,
    'type' | 'enabled' | 'startOnCreation' | 'schedule' | 'eventBatchingCondition' | 'lifecycle'
  > {
    const { source } = this.props.dataset;
    if (source.type === 'query') {
      const batch = { batchSize: source.inputs.length, batchWindow: INPUTS_WINDOW_SECONDS };
      // Glue refuses to enable a trigger of this type: it always listens.
      return { type: 'EVENT', enabled: false, eventBatchingCondition: [batch] };
    }
    const schedule = this.schedule();
    // "Enabled", the provider starts an on-demand trigger, and with it the workflow, on the day it is made.
    if (schedule === undefined) return { type: 'ON_DEMAND', enabled: false };
    return { type: 'SCHEDULED', schedule, ...switchedTrigger(this.props.site) };
  }

  private createTrigger(workflowName: string, stage: Stage, predecessor: string): void {
    const { naming, dataset } = this.props;
    new GlueTrigger(this, `${stage}-trigger`, {
      name: naming.trigger(stage, dataset.name),
      type: 'CONDITIONAL',
      workflowName,
      startOnCreation: true,
      predicate: {
        logical: 'AND',
        conditions: [{ jobName: predecessor, state: 'SUCCEEDED', logicalOperator: 'EQUALS' }],
      },
      actions: [{ jobName: this.jobs[stage] }],
      tags: this.tags,
    });
  }

  private createCrawler(): void {
    const { naming, dataset, security, rawBucket, rawDatabase } = this.props;
    const schedule = this.schedule();
    new GlueCrawler(this, 'raw-crawler', {
      name: naming.resource(`raw-${dataset.name}`),
      description: `Raw files of ${dataset.name}`,
      role: security.roles.crawler.arn,
      databaseName: rawDatabase,
      s3Target: [{ path: `s3://${rawBucket}/data/${dataset.name}/` }],
      // The contract says what the columns are: a file that differs is news (see schema-change.ts), and changes nothing.
      schemaChangePolicy: { updateBehavior: 'LOG', deleteBehavior: 'LOG' },
      recrawlPolicy: { recrawlBehavior: 'CRAWL_NEW_FOLDERS_ONLY' },
      ...(schedule !== undefined && { schedule: crawlSchedule(dataset.name, schedule) }),
      securityConfiguration: security.securityConfiguration,
      tags: this.tags,
    });
  }

  private schedule(): string | undefined {
    return scheduleOf(this.props.dataset, this.props.config);
  }
}

/** When the workflow of a data set is to start; undefined where schedules are off, or the contract has none. */
export function scheduleOf({ serviceLevel }: DataSet, config: Environment['glue']): string | undefined {
  return config.schedules ? (serviceLevel.schedule ?? undefined) : undefined;
}
