import type { EnvironmentConfig } from './schema';

export default {
  owner: 'data-platform',
  costCentre: 'data-platform-dev',
  alertEmails: ['data-platform-dev@example.com'],
  network: { cidr: '10.20.0.0/16', availabilityZones: 2, natGateways: 'none' },
  storage: { forceDestroy: true, deletionProtection: false, noncurrentVersionDays: 30, logRetentionDays: 90 },
  glue: { numberOfWorkers: 4, schedules: false },
  monitoring: { logRetentionDays: 30 },
} satisfies EnvironmentConfig;
