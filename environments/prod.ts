import type { EnvironmentConfig } from './schema';

export default {
  owner: 'data-platform',
  costCentre: 'data-platform-prod',
  alertEmails: ['data-platform-oncall@example.com'],
  promotedFrom: 'dev',
  network: { cidr: '10.10.0.0/16', availabilityZones: 3, natGateways: 'none' },
  storage: { objectLock: { mode: 'GOVERNANCE', days: 30 } },
  glue: { workerType: 'G.2X', numberOfWorkers: 20 },
  budget: { monthlyUsd: 1200 },
  disasterRecovery: {
    firstRegion: 'us-east-1',
    secondRegion: 'us-west-2',
    network: { cidr: '10.11.0.0/16' },
    budget: { monthlyUsd: 900 },
  },
  monitoring: { logRetentionDays: 365 },
} satisfies EnvironmentConfig;
