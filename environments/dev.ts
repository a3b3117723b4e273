import type { EnvironmentConfig } from './schema';

export default {
  owner: 'data-platform',
  costCentre: 'data-platform-dev',
  alertEmails: ['data-platform-dev@example.com'],
  network: { cidr: '10.20.0.0/16', availabilityZones: 2, natGateways: 'none' },
  storage: { forceDestroy: true, deletionProtection: false, noncurrentVersionDays: 30, logRetentionDays: 90 },
  // Contracts give the volume of production.
  glue: { numberOfWorkers: 4, maxWorkers: 4, schedules: false, interactiveSessions: true },
  secrets: { recoveryDays: 0 },
  // What an account has once is prod's, should both be in the same one. Leave this out if dev has an account of its own.
  account: {
    trail: false,
    catalogEncryption: false,
    configRecorder: false,
    configRules: false,
    identityProvider: false,
  },
  budget: { monthlyUsd: 800 },
  monitoring: { logRetentionDays: 30 },
} satisfies EnvironmentConfig;
