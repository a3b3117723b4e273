import { z } from 'zod';

const workerTypes = z.enum(['G.1X', 'G.2X', 'G.4X', 'G.8X']);
const workers = z.int().min(2).max(299);
const timeouts = z.int().min(1).max(10080);
const retries = z.int().min(0).max(10);

const stage = z.strictObject({
  workerType: workerTypes.optional(),
  numberOfWorkers: workers.optional(),
  timeoutMinutes: timeouts.optional(),
  maxRetries: retries.optional(),
  /** FLEX costs a third less, on spare capacity that a run may have to wait for, or lose. */
  executionClass: z.enum(['STANDARD', 'FLEX']).optional(),
});

const cidr = z.cidrv4().regex(/\/(1[6-9]|20)$/, 'must be a block of /16 to /20');
const availabilityZones = z.int().min(1).max(6);
const budget = z.strictObject({
  /** What the environment may cost in a calendar month; `npm run estimate` says what it should. */
  monthlyUsd: z.number().positive(),
});
const region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'must be a Region, such as eu-west-1');

const fields = z.strictObject({
  /** Name of the environment's file. Stands in every physical name; a bucket's name has room for no more. */
  name: z.string().regex(/^[a-z][a-z0-9]{1,15}$/, 'must be 2 to 16 lower-case letters and digits, a letter first'),
  /** Tags `Owner` and `CostCentre` of every resource. */
  owner: z.string().min(1),
  costCentre: z.string().min(1),
  /** Subscribers of the alerts topic and of the budget, which writes to no more. */
  alertEmails: z.array(z.email()).max(10),
  /** Subscribers of the reports: of each failed run, and of each day. @default those of alerts */
  reportEmails: z.array(z.email()).max(10).optional(),
  /** Region of the Terraform state, whichever Region the resources are in. */
  stateRegion: z.string().default('us-east-1'),

  /** The environment whose tested releases are deployed to this one, and nothing else. @default whatever is planned */
  promotedFrom: z.string().optional(),

  /** Name of a policy of the account that bounds what each role may do. */
  permissionsBoundary: z
    .string()
    .regex(/^[\w+=,.@/-]{1,128}$/, 'must be the name of a policy, not its ARN')
    .optional(),

  network: z.strictObject({
    /** An IPv4 block of /16 to /20, cut into one private and one public subnet per zone. */
    cidr,
    availabilityZones,
    /** The way from private subnets to the internet, and so to all AWS APIs. */
    natGateways: z.enum(['none', 'one', 'per-zone']),
    /** Private ways to S3, to DynamoDB and, where there is no NAT gateway, to the other AWS APIs that jobs call. */
    endpoints: z.boolean().default(true),
    flowLogs: z.boolean().default(true),
    /** Blocks in which the databases are that jobs read; a job in the VPC reaches no other. */
    databaseCidrs: z.array(z.cidrv4().regex(/\/(?!0$)/, 'must not be the whole internet')).default([]),
  }),

  storage: z
    .strictObject({
      /** Lets `destroy` delete buckets that hold objects. */
      forceDestroy: z.boolean().default(false),
      /** Keeps DynamoDB tables from being deleted, and a plan that would delete a bucket or a table from being made. */
      deletionProtection: z.boolean().default(true),
      /** Keeps what was delivered from being deleted for so long; with COMPLIANCE, by anybody, root included. @default none */
      objectLock: z
        .strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.int().min(1).max(36500) })
        .optional(),
      /** Whether buckets refuse objects that are encrypted with another key than theirs. */
      requireKey: z.boolean().default(true),
      /** Whether objects move to colder classes, and are deleted, at the ages below. */
      lifecycleRules: z.boolean().default(true),
      /** Age at which objects in source, raw, processed and curated move to infrequent access. */
      infrequentAccessAfterDays: z.int().min(30).default(90),
      /** Age at which objects in raw move on to Glacier Instant Retrieval. */
      archiveAfterDays: z.int().default(180),
      /** Age at which versions that are no longer current are deleted. */
      noncurrentVersionDays: z.int().min(1).default(90),
      tempRetentionDays: z.int().min(1).default(7),
      /** Age at which access logs, Spark event logs, and what CloudTrail and AWS Config have recorded are deleted. */
      logRetentionDays: z.int().min(1).default(365),
    })
    .superRefine((storage, { addIssue }) => {
      const { forceDestroy, deletionProtection, objectLock, infrequentAccessAfterDays, archiveAfterDays } = storage;
      const issue = (field: string, message: string, input: unknown) =>
        addIssue({ code: 'custom', path: [field], message, input });
      if (archiveAfterDays < infrequentAccessAfterDays + 30) {
        const message = 'must be 30 more than infrequentAccessAfterDays, or above: that class is paid for 30 days';
        issue('archiveAfterDays', message, archiveAfterDays);
      }
      if (forceDestroy && (deletionProtection || objectLock)) {
        issue('forceDestroy', 'must be false where deletionProtection or objectLock is on', forceDestroy);
      }
    }),

  glue: z.strictObject({
    version: z.enum(['4.0', '5.0', '5.1']).default('4.0'),
    /** Of jobs whose contract gives no volume; see modules/glue/sizing.ts. */
    workerType: workerTypes.default('G.1X'),
    numberOfWorkers: workers,
    /** The most that a volume in a contract gets a job. */
    maxWorkers: workers.default(299),
    /** The least that a job gets: one for a large volume gets more. */
    timeoutMinutes: timeouts.default(120),
    /** How often a stage is run again by Glue; `validate` never is, its verdict is final. */
    maxRetries: retries.default(1),
    /** What holds for the jobs of a stage, whatever their contracts say. */
    stages: z
      .strictObject({
        ingest: stage.optional(),
        process: stage.optional(),
        validate: stage.omit({ maxRetries: true }).optional(),
        curate: stage.optional(),
      })
      .default({}),
    /** Whether the contracts' schedules start workflows; without, they start by hand. */
    schedules: z.boolean().default(true),
    /** Whether queues are made with their policies in them. */
    queuesWithPolicy: z.boolean().default(false),
    /** Whether jobs run in the VPC, through a connection. */
    vpc: z.boolean().default(true),
    /** Whether the catalog keeps tables in shape: joins small files, drops old snapshots and lost files. */
    tableOptimizers: z.boolean().default(true),
    /** Whether people may open interactive sessions, with a role that reads processed and curated tables. */
    interactiveSessions: z.boolean().default(false),
  }),

  secrets: z
    .strictObject({
      /** Days for which a deleted secret of a database can be restored; with 0 it is gone at once. */
      recoveryDays: z
        .int()
        .refine((days) => days === 0 || (days >= 7 && days <= 30), 'must be 0, or 7 to 30')
        .default(30),
      /** The function that rotates the secrets of databases, by name, and how often. @default people do */
      rotation: z.strictObject({ function: z.string().min(1), days: z.int().min(1).max(1000) }).optional(),
    })
    .prefault({}),

  /**
   * What exists once in the Region of an account, whichever environments share it: only one of them may have it.
   * `deploy.sh` tells of one that another has before it plans.
   */
  account: z
    .strictObject({
      /** CloudTrail, and what it records of the data in this environment's buckets. */
      trail: z.boolean().default(true),
      /** Encryption of the Glue Data Catalog. */
      catalogEncryption: z.boolean().default(true),
      /** AWS Config's recorder of how resources are configured, with the bucket that it keeps that in. */
      configRecorder: z.boolean().default(true),
      /** GitHub as an identity provider, by which its workflows get credentials. */
      identityProvider: z.boolean().default(true),
      /** Rules of AWS Config. They need a recorder, be it this environment's or one that the account has. */
      configRules: z.boolean().default(true),
      /**
       * Lets Cost Explorer and the budget see the tags. Only the account that pays can, and only once AWS has seen them:
       * about a day after the first apply.
       */
      costAllocationTags: z.boolean().default(false),
    })
    .prefault({}),

  budget,

  /**
   * Another Region, to which data is copied as it comes and from which the environment goes on when its own is lost. It is an
   * environment as well, `<name>-dr`: see second-region.ts. @default there is none
   */
  disasterRecovery: z
    .strictObject({
      /** Region of the environment itself. Of two Regions each has to know the other while that does not answer. */
      firstRegion: region,
      secondRegion: region,
      /** The second Region's network, where it differs. Its block must, for networks that reach both. */
      network: z.strictObject({ cidr, availabilityZones: availabilityZones.optional() }),
      budget,
      /** A hosted zone of Route 53, in which `lake.<zone>` tells consumers where to read. @default nothing tells them */
      hostedZone: z
        .string()
        .regex(/^([a-z0-9_-]+\.)+[a-z]{2,}$/, 'must be the name of a hosted zone, such as prod.data.example.com')
        .optional(),
    })
    .optional(),

  monitoring: z.strictObject({
    /** Of log groups: the periods that CloudWatch offers. */
    logRetentionDays: z.literal([7, 14, 30, 60, 90, 180, 365, 731, 1827]).default(90),
    /** Heap in use, driver or executors, from which on an alarm is raised. */
    memoryAlarmPercent: z.int().min(1).max(100).default(85),
    /** Share of a batch's rows that may be rejected before an alarm is raised. */
    quarantineAlarmPercent: z.number().min(0).max(100).default(1),
    /** Where alarms send people: the runbook's path in this repository, or the address at which it is published. */
    runbookUrl: z.string().min(1).max(200).default('docs/runbook.md'),
    /** Whether CloudWatch Logs Insights keeps the questions that operators ask. */
    savedQueries: z.boolean().default(true),
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
export const environmentSchema = fields
  .refine(({ glue, network }) => !glue.vpc || network.endpoints || network.natGateways !== 'none', {
    path: ['glue', 'vpc'],
    message: 'needs network.endpoints or network.natGateways: jobs would reach no AWS API',
  })
  .refine(({ storage, provider }) => storage.lifecycleRules || provider.emulated, {
    path: ['storage', 'lifecycleRules'],
    message: 'must be true in AWS: versions and logs would be kept, and paid for, for ever',
  })
  .refine(({ glue, provider }) => !glue.queuesWithPolicy || provider.emulated, {
    path: ['glue', 'queuesWithPolicy'],
    message: 'must be false in AWS: a queue that exists would lose its policy when it changes',
  })
  .superRefine(({ glue }, { addIssue }) => {
    for (const [name, { executionClass, workerType = glue.workerType }] of Object.entries(glue.stages)) {
      if (executionClass !== 'FLEX' || ['G.1X', 'G.2X'].includes(workerType)) continue;
      const message = 'needs workerType G.1X or G.2X: Glue has no other for FLEX';
      addIssue({ code: 'custom', path: ['glue', 'stages', name, 'executionClass'], message, input: workerType });
    }
  })
  .superRefine(({ disasterRecovery, network }, { addIssue }) => {
    if (disasterRecovery === undefined) return;
    const { firstRegion, secondRegion, network: second } = disasterRecovery;
    const issue = (path: string[], message: string, input: string) =>
      addIssue({ code: 'custom', path: ['disasterRecovery', ...path], message, input });
    if (secondRegion === firstRegion) issue(['secondRegion'], 'must be another than firstRegion', secondRegion);
    if (second.cidr === network.cidr)
      issue(['network', 'cidr'], 'must be another block than network.cidr', second.cidr);
  });

type DisasterRecovery = NonNullable<z.output<typeof environmentSchema>['disasterRecovery']>;

/** An environment with its defaults filled in. */
export type Environment = z.output<typeof environmentSchema> & {
  /** Where it is the second Region of another environment: which one's, and what that says of it. */
  readonly standby?: { readonly of: string } & DisasterRecovery;
};
/** What an environment's file states. */
export type EnvironmentConfig = Omit<z.input<typeof environmentSchema>, 'name'>;
