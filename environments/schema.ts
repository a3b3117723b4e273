import { z } from 'zod';

const fields = z.strictObject({
  /** Name of the environment's file. Stands in every physical name; a bucket's name has room for no more. */
  name: z.string().regex(/^[a-z][a-z0-9]{1,15}$/, 'must be 2 to 16 lower-case letters and digits, a letter first'),
  /** Tags `Owner` and `CostCentre` of every resource. */
  owner: z.string().min(1),
  costCentre: z.string().min(1),
  /** Subscribers of the alerts topic. */
  alertEmails: z.array(z.email()),
  /** Region of the Terraform state, whichever Region the resources are in. */
  stateRegion: z.string().default('us-east-1'),

  network: z.strictObject({
    /** An IPv4 block of /16 to /20, cut into one private and one public subnet per zone. */
    cidr: z.cidrv4().regex(/\/(1[6-9]|20)$/, 'must be a block of /16 to /20'),
    availabilityZones: z.int().min(1).max(6),
    /** The way from private subnets to the internet, and so to all AWS APIs. */
    natGateways: z.enum(['none', 'one', 'per-zone']),
    /** Private ways to S3, to DynamoDB and, where there is no NAT gateway, to the other AWS APIs that jobs call. */
    endpoints: z.boolean().default(true),
    flowLogs: z.boolean().default(true),
    /** Blocks in which the databases are that jobs read; a job in the VPC reaches no other. */
    databaseCidrs: z.array(z.cidrv4().regex(/\/(?!0$)/, 'must not be the whole internet')).default([]),
  }),

  storage: z.strictObject({
    /** Lets `destroy` delete buckets that hold objects. */
    forceDestroy: z.boolean().default(false),
    /** Keeps DynamoDB tables from being deleted. */
    deletionProtection: z.boolean().default(true),
    /** Age at which objects in raw, processed and curated move to infrequent access. */
    infrequentAccessAfterDays: z.int().min(30).default(90),
    /** Age at which versions that are no longer current are deleted. */
    noncurrentVersionDays: z.int().min(1).default(90),
    tempRetentionDays: z.int().min(1).default(7),
    /** Age at which access logs and Spark event logs are deleted. */
    logRetentionDays: z.int().min(1).default(365),
  }),

  glue: z.strictObject({
    version: z.enum(['4.0', '5.0', '5.1']).default('4.0'),
    workerType: z.enum(['G.1X', 'G.2X', 'G.4X', 'G.8X']).default('G.1X'),
    numberOfWorkers: z.int().min(2).max(299),
    timeoutMinutes: z.int().min(1).max(10080).default(120),
    /** How often a stage is run again by Glue; `validate` never is, its verdict is final. */
    maxRetries: z.int().min(0).max(10).default(1),
    /** Whether the contracts' schedules start workflows; without, they start by hand. */
    schedules: z.boolean().default(true),
    /** Whether jobs run in the VPC, through a connection. */
    vpc: z.boolean().default(true),
  }),

  monitoring: z.strictObject({
    /** Of log groups: the periods that CloudWatch offers. */
    logRetentionDays: z.literal([7, 14, 30, 60, 90, 180, 365, 731, 1827]).default(90),
    /** Heap in use, driver or executors, from which on an alarm is raised. */
    memoryAlarmPercent: z.int().min(1).max(100).default(85),
  }),

  /** How Terraform reaches AWS, where that is not the provider's default way. */
  provider: z
    .strictObject({
      /** Path-style S3 addresses, and none of the provider's checks of account and metadata service. */
      emulated: z.boolean(),
    })
    .default({ emulated: false }),
});

/** What an environment may choose. Every default is the one that protects data. */
export const environmentSchema = fields.refine(
  ({ glue, network }) => !glue.vpc || network.endpoints || network.natGateways !== 'none',
  { path: ['glue', 'vpc'], message: 'needs network.endpoints or network.natGateways: jobs would reach no AWS API' },
);

/** An environment with its defaults filled in. */
export type Environment = z.output<typeof environmentSchema>;
/** What an environment's file states. */
export type EnvironmentConfig = Omit<z.input<typeof environmentSchema>, 'name'>;
