import type { S3BucketLifecycleConfigurationRule } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import type { Environment } from '../../environments/schema';
import type { BucketPurpose } from '../naming';

type Rule = S3BucketLifecycleConfigurationRule;

const ABORT_UPLOADS_AFTER_DAYS = 7;

/** What becomes of a bucket's objects with age: only what holds for its purpose. */
export function lifecycleRules(purpose: BucketPurpose, config: Environment['storage']): Rule[] {
  const versionDays = purpose === 'temp' ? config.tempRetentionDays : config.noncurrentVersionDays;
  return [...everyBucket(versionDays), ...rulesByPurpose(purpose, config)];
}

/** What holds whatever a bucket is for: nothing that was given up or replaced is kept for ever. */
export function everyBucket(versionDays: number): Rule[] {
  return [abortUploads(), expireVersions(versionDays), removeDeleteMarkers()];
}

/** The rule by which all objects of a bucket are deleted. */
export function expire(days: number): Rule {
  return rule('expire', { expiration: [{ days }] });
}

function rulesByPurpose(purpose: BucketPurpose, config: Environment['storage']): Rule[] {
  const infrequentAccess = { days: config.infrequentAccessAfterDays, storageClass: 'STANDARD_IA' };
  switch (purpose) {
    case 'raw':
      // Both classes answer at once, so that an old batch is replayed like a new one.
      return [
        rule('cheaper', {
          transition: [infrequentAccess, { days: config.archiveAfterDays, storageClass: 'GLACIER_IR' }],
        }),
      ];
    case 'source':
    case 'processed':
    case 'curated':
      // Nothing expires by age: a file of an Iceberg table is needed for as long as a snapshot names it, however old it is.
      // Those that no snapshot names any more are removed by the table optimizers.
      return [rule('cheaper', { transition: [infrequentAccess] })];
    case 'temp':
      return [expire(config.tempRetentionDays)];
    case 'logs':
      return [expire(config.logRetentionDays)];
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

/** A version that expires leaves its delete marker, over which every listing has to step. */
function removeDeleteMarkers(): Rule {
  return rule('remove-delete-markers', { expiration: [{ expiredObjectDeleteMarker: true }] });
}

/** A rule over all objects of a bucket. */
function rule(id: string, action: Partial<Rule>): Rule {
  return { id, status: 'Enabled', filter: [{ prefix: '' }], ...action };
}
