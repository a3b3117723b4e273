import { Cloudtrail } from '@cdktf/provider-aws/lib/cloudtrail';
import { Construct } from 'constructs';
import { arn } from '../arn';
import type { Site } from '../disaster-recovery/site';
import { exempt } from '../exempt';
import type { BucketPurpose } from '../naming';
import type { StorageOutputs } from '../storage';
import { AuditBucket, type AuditProps } from './audit-bucket';

export interface TrailProps extends AuditProps {
  readonly site: Site;
  readonly keyArn: string;
  readonly buckets: StorageOutputs['buckets'];
}

/** Buckets of whose objects every read and write is recorded; what is in `temp` and `logs` is not data of anybody. */
const RECORDED: readonly BucketPurpose[] = ['source', 'raw', 'processed', 'curated', 'scripts'];

/**
 * Records each call to AWS of the account, in all Regions, and each access to objects of the lake, in files that are
 * signed hour by hour. A second Region has a record of itself, which the loss of the first does not end. Source of what CloudTrail needs of its bucket: AWS CloudTrail user guide, "Amazon S3 bucket policy
 * for CloudTrail".
 */
export class Trail extends Construct {
  constructor(scope: Construct, id: string, { site, keyArn, buckets, ...props }: TrailProps) {
    super(scope, id);
    const name = props.naming.trail;
    const bucket = new AuditBucket(this, 'bucket', {
      ...props,
      name,
      keyArn,
      service: 'cloudtrail',
      checks: ['s3:GetBucketAcl'],
      condition: {
        test: 'StringEquals',
        variable: 'aws:SourceArn',
        values: [arn(props, 'cloudtrail', `trail/${name}`)],
      },
    });
    const trail = new Cloudtrail(this, 'trail', {
      name,
      s3BucketName: bucket.name,
      kmsKeyId: keyArn,
      isMultiRegionTrail: site !== 'second',
      enableLogFileValidation: true,
      advancedEventSelector: [
        {
          name: 'Calls to AWS',
          fieldSelector: [{ field: 'eventCategory', equalTo: ['Management'] }],
        },
        {
          name: 'Objects of the lake',
          fieldSelector: [
            { field: 'eventCategory', equalTo: ['Data'] },
            { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
            { field: 'resources.ARN', startsWith: RECORDED.map((purpose) => `${buckets[purpose].arn}/`) },
          ],
        },
      ],
      dependsOn: [bucket.policy],
    });
    exempt(trail, {
      CKV_AWS_252: 'Nothing waits for the next file of a record that is kept to be looked up',
      ...(site === 'second' && { CKV_AWS_67: 'Other Regions are in the record of the first one' }),
      CKV2_AWS_10: 'The record is in a bucket: a second copy in a log group would cost more than all else of it',
    });
  }
}
