import { createHash } from 'node:crypto';

/** The four jobs of a data set, in the order in which a batch passes them. */
export const STAGES = ['ingest', 'process', 'validate', 'curate'] as const;
export type Stage = (typeof STAGES)[number];

/** The buckets of an environment. `source` is the landing zone that source systems deliver to. */
export const BUCKETS = ['source', 'raw', 'processed', 'curated', 'scripts', 'temp', 'logs'] as const;
export type BucketPurpose = (typeof BUCKETS)[number];

/** The zones of the lake that have a database in the Glue Data Catalog. */
export const ZONES = ['raw', 'processed', 'curated'] as const;
export type Zone = (typeof ZONES)[number];

/** The buckets that both Regions of an environment hold; scripts each Region's stack puts, and the rest belongs to runs. */
export const REPLICATED = ['source', 'raw', 'processed', 'curated'] as const satisfies readonly BucketPurpose[];

/** Rules of replication, and with Regions and buckets the metrics of a copy, are told apart by this. */
export const REPLICATION_RULE = 'all-objects';

/** What the name of an environment ends in that is the second Region of another. No other has a hyphen. */
export const SECOND_REGION = '-dr';

/** Characters that IAM, EventBridge and SQS allow. */
const ROLE_LENGTH = 64;
const RULE_LENGTH = 64;
const QUEUE_LENGTH = 80;
const HASH_LENGTH = 8;

/** Every physical name of one environment. Names that the operations guide states are built here and nowhere else. */
export class Naming {
  static readonly project = 'glue-etl-pipeline';
  /** `glue-etl-pipeline-<env>`: also the name of the stack. */
  readonly prefix: string;
  /** Names in the first Region, where this environment is the second one of another. */
  readonly first?: Naming;

  constructor(readonly environment: string) {
    this.prefix = `${Naming.project}-${environment}`;
    if (environment.endsWith(SECOND_REGION)) this.first = new Naming(environment.slice(0, -SECOND_REGION.length));
  }

  /** Names in the second Region. */
  get second(): Naming {
    return new Naming(`${this.environment}${SECOND_REGION}`);
  }

  /** Name of a resource that exists once in an environment, such as `alerts` or `job-state`. */
  resource(purpose: string): string {
    return `${this.prefix}-${purpose}`;
  }

  bucket(purpose: BucketPurpose): string {
    return this.resource(purpose);
  }

  /** Names of databases allow no hyphen that SQL would not need quotes for. */
  database(zone: Zone): string {
    return `${this.prefix}-${zone}`.replaceAll('-', '_');
  }

  job(stage: Stage, dataset: string): string {
    return this.resource(`${stage}-${dataset}`);
  }

  workflow(dataset: string): string {
    return this.resource(dataset);
  }

  /** The trigger that starts a stage of a data set's workflow. */
  trigger(stage: Stage, dataset: string): string {
    return this.resource(`${stage}-${dataset}`);
  }

  /** Of a key, with `alias/`. */
  alias(purpose: string): string {
    return `alias/${this.resource(purpose)}`;
  }

  role(purpose: string): string {
    return fit(this.resource(purpose), ROLE_LENGTH);
  }

  /** An EventBridge rule. */
  rule(purpose: string): string {
    return fit(this.resource(purpose), RULE_LENGTH);
  }

  queue(purpose: string): string {
    return fit(this.resource(purpose), QUEUE_LENGTH);
  }

  /** The connection of Glue to the database that a data set comes from. */
  connection(dataset: string): string {
    return this.resource(`source-${dataset}`);
  }

  get securityConfiguration(): string {
    return this.resource('glue');
  }

  /** Of CloudTrail. */
  get trail(): string {
    return this.resource('trail');
  }

  /** Tables have one name in both Regions: that is what makes them replicas of each other. */
  get jobStateTable(): string {
    return (this.first ?? this).resource('job-state');
  }

  get jobBookmarksTable(): string {
    return (this.first ?? this).resource('job-bookmarks');
  }

  /** What the monitoring function has done and seen. */
  get monitoringTable(): string {
    return this.resource('monitoring');
  }

  /** Holds one stream per job, named after the job, with its run journal. */
  get glueLogGroup(): string {
    return `/aws-glue/${this.prefix}`;
  }

  get dashboard(): string {
    return this.resource('glue-dashboard');
  }

  get alertsTopic(): string {
    return this.resource('alerts');
  }

  get reportsTopic(): string {
    return this.resource('reports');
  }

  get monitoringFunction(): string {
    return this.resource('monitoring');
  }

  get stateBucket(): string {
    return this.resource('terraform-state');
  }

  get lockTable(): string {
    return this.resource('terraform-locks');
  }

  /** Namespace of the metrics that this product emits itself. */
  get metricNamespace(): string {
    return this.prefix;
  }
}

/** The name, or if it is too long its beginning and what tells it from others that begin so. */
function fit(name: string, length: number): string {
  if (name.length <= length) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, length - HASH_LENGTH - 1)}-${hash}`;
}
