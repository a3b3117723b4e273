import type { EnvironmentConfig } from './schema';

export default {
  owner: 'data-platform',
  costCentre: 'none',
  alertEmails: ['nobody@example.com'],
  network: {
    cidr: '10.30.0.0/16',
    availabilityZones: 2,
    natGateways: 'none',
    // The emulator forgets the prefix lists of security group rules, on which the provider fails at the next plan.
    endpoints: false,
    // The emulator forgets the role of a flow log, and each apply would replace it.
    flowLogs: false,
  },
  storage: {
    // The account is gone when the emulator stops, and `destroy` must be able to empty it before.
    forceDestroy: true,
    deletionProtection: false,
    // The emulator does not tell policies which key an upload names: Spark's copies would all be refused.
    requireKey: false,
    // The provider waits 55 s for each rule to have spread, in an account that lives for minutes.
    lifecycleRules: false,
  },
  glue: {
    // Of Glue's versions, the one whose engine PySpark and Hadoop's S3A from public registries are.
    version: '5.1',
    // The workers are processes of this machine, and no network of the emulator's holds them.
    numberOfWorkers: 2,
    maxWorkers: 2,
    vpc: false,
    // The emulator knows no table optimizers.
    tableOptimizers: false,
    // Whoever runs it starts the workflows.
    schedules: false,
    // The provider waits 25 s for a queue to have spread, and again for its policy.
    queuesWithPolicy: true,
  },
  secrets: { recoveryDays: 0 },
  account: {
    // The emulator knows no encryption settings of a catalog,
    catalogEncryption: false,
    // forgets the tags of a trail, so that each apply would set them again,
    trail: false,
    // cannot delete a delivery channel of AWS Config,
    configRecorder: false,
    // and fails when it is asked for the tags of a rule.
    configRules: false,
  },
  budget: { monthlyUsd: 1 },
  // A rehearsal of a disaster asks for it; others would wait for a Region that they do not use.
  ...(process.env.PIPELINE_SECOND_REGION && {
    disasterRecovery: {
      firstRegion: 'us-east-1',
      secondRegion: 'us-west-2',
      network: { cidr: '10.31.0.0/16' },
      budget: { monthlyUsd: 1 },
    },
  }),
  monitoring: {
    logRetentionDays: 7,
    // The emulator keeps no queries.
    savedQueries: false,
  },
  provider: { emulated: true },
} satisfies EnvironmentConfig;
