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
  // The account is gone when the emulator stops, and `destroy` must be able to empty it before.
  storage: { forceDestroy: true, deletionProtection: false },
  glue: {
    // Of Glue's versions, the one whose engine PySpark and Hadoop's S3A from public registries are.
    version: '5.1',
    numberOfWorkers: 2,
    // The workers are processes of this machine, and no network of the emulator's holds them.
    vpc: false,
    // Whoever runs it starts the workflows.
    schedules: false,
  },
  monitoring: { logRetentionDays: 7 },
  provider: { emulated: true },
} satisfies EnvironmentConfig;
