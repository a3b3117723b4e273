import { ConfigConfigurationRecorder } from '@cdktf/provider-aws/lib/config-configuration-recorder';
import { ConfigConfigurationRecorderStatus } from '@cdktf/provider-aws/lib/config-configuration-recorder-status';
import { ConfigDeliveryChannel } from '@cdktf/provider-aws/lib/config-delivery-channel';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { exempt } from '../exempt';
import { EncryptionKey } from '../security/encryption-key';
import { AuditBucket, type AuditProps } from './audit-bucket';
import { RECORDED_TYPES } from './config-rules';

/**
 * Records how the resources are configured that rules look at. Of others, the network interfaces that each run of a job
 * makes and deletes would cost more than all else. Source of what AWS Config needs of its bucket and key: AWS Config
 * developer guide, "Permissions for the Amazon S3 Bucket" and "Permissions for the KMS Key".
 */
export class ConfigRecorder extends Construct {
  /** Done once AWS Config records: before that it takes no rules. */
  readonly recording: ITerraformDependable;

  constructor(scope: Construct, id: string, props: AuditProps) {
    super(scope, id);
    const { naming, accountId, partition } = props;
    const name = naming.resource('config');
    const condition = { test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] };
    const { arn: keyArn } = new EncryptionKey(this, 'key', {
      ...props,
      alias: name,
      description: 'History of AWS Config',
      users: [
        {
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: ['*'],
          principals: [{ type: 'Service', identifiers: ['config.amazonaws.com'] }],
          condition: [condition],
        },
      ],
    });
    const bucket = new AuditBucket(this, 'bucket', {
      ...props,
      name,
      keyArn,
      service: 'config',
      checks: ['s3:GetBucketAcl', 's3:ListBucket'],
      condition,
    });
    const recorder = new ConfigConfigurationRecorder(this, 'recorder', {
      name,
      // The role that AWS keeps for this; deploy.sh makes it where the account lacks it, as it is no environment's own.
      roleArn: `arn:${partition}:iam::${accountId}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`,
      recordingGroup: { allSupported: false, includeGlobalResourceTypes: false, resourceTypes: [...RECORDED_TYPES] },
    });
    exempt(recorder, { CKV2_AWS_48: 'What no rule looks at would cost more than all else' });
    const channel = new ConfigDeliveryChannel(this, 'delivery', {
      name,
      s3BucketName: bucket.name,
      s3KmsKeyArn: keyArn,
      dependsOn: [recorder, bucket.policy],
    });
    const recording = new ConfigConfigurationRecorderStatus(this, 'recording', {
      name: recorder.name,
      isEnabled: true,
      dependsOn: [channel],
    });
    exempt(recording, { CKV2_AWS_45: 'It records what rules look at: see the recorder' });
    this.recording = recording;
  }
}
