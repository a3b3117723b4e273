import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Construct } from 'constructs';

export interface EncryptionKeyProps {
  /** Without the prefix `alias/`. */
  readonly alias: string;
  readonly description: string;
  readonly accountId: string;
  readonly partition: string;
  /** What AWS services may do with the key by themselves; principals use it by their own IAM policies. */
  readonly users: readonly DataAwsIamPolicyDocumentStatement[];
}

/** A key that rotates every year, with an alias. Within the account, IAM policies say who uses it. */
export class EncryptionKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    // The only wildcard of an action: AWS's own form, without which a key can become unmanageable.
    const account = {
      actions: ['kms:*'],
      resources: ['*'],
      principals: [{ type: 'AWS', identifiers: [`arn:${props.partition}:iam::${props.accountId}:root`] }],
    };
    const policy = new DataAwsIamPolicyDocument(this, 'policy', { statement: [account, ...props.users] });
    const key = new KmsKey(this, 'key', {
      description: props.description,
      policy: policy.json,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    new KmsAlias(this, 'alias', { name: `alias/${props.alias}`, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
