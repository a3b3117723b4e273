import type { S3BucketLifecycleConfigurationRule } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import type { Environment } from '../../environments/schema';
import type { BucketPurpose } from '../naming';

type Rule = S3BucketLifecycleConfigurationRule;

const ABORT_UPLOADS_AFTER_DAYS = 7;

/** What becomes of a bucket's objects with age: only what holds for its purpose. */
export function lifecycleRules(purpose: BucketPurpose, config: Environment['storage']): Rule[] {
  const versionDays = purpose === 'temp' ? config.tempRetentionDays : config.noncurrentVersionDays;
  return [abortUploads(), expireVersions(versionDays), ...rulesByPurpose(purpose, config)];
}

function rulesByPurpose(purpose: BucketPurpose, config: Environment['storage']): Rule[] {
  switch (purpose) {
    case 'raw':
    case 'processed':
    case 'curated':
      return [
        rule('infrequent-access', {
          transition: [{ days: config.infrequentAccessAfterDays, storageClass: 'STANDARD_IA' }],
        }),
      ];
    case 'temp':
      return [rule('expire', { expiration: [{ days: config.tempRetentionDays }] })];
    case 'logs':
      return [rule('expire', { expiration: [{ days: config.logRetentionDays }] })];
    case 'source':
    case 'scripts':
      return [];
  }
}

function abortUploads(): Rule {
  return rule('abort-uploads', {
    abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABORT_UPLOADS_AFTER_DAYS }],
  });
}

function expireVersions(days: number): Rule {
  return rule('expire-versions', { noncurrentVersionExpiration: [{ noncurrentDays: days }] });
}

/** A rule over all objects of a bucket. */
function rule(id: string, action: Partial<Rule>): Rule {
  return { id, status: 'Enabled', filter: [{ prefix: '' }], ...action };
}
