import type { EnvironmentConfig } from './schema';

export default {
  owner: 'data-platform',
  costCentre: 'data-platform-prod',
  alertEmails: ['data-platform-oncall@example.com'],
  promotedFrom: 'dev',
  network: { cidr: '10.10.0.0/16', availabilityZones: 3, natGateways: 'none' },
  storage: { objectLock: { mode: 'GOVERNANCE', days: 30 } },
  glue: { workerType: 'G.2X', numberOfWorkers: 20 },
  budget: { monthlyUsd: 1000 },
  monitoring: { logRetentionDays: 365 },
} satisfies EnvironmentConfig;
