import type { DataAwsIamPolicyDocumentStatement } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';

export interface BucketGuardsProps {
  readonly bucketArn: string;
  readonly accountId: string;
  /** The only key that uploads may name. @default they may name any */
  readonly keyArn?: string;
  /** What an upload may ask for in the header `x-amz-server-side-encryption`. */
  readonly algorithms: readonly string[];
}

const EVERYBODY = [{ type: '*', identifiers: ['*'] }];
const ENCRYPTION = 's3:x-amz-server-side-encryption';
/**
 * Services of AWS do what the other statements of a policy let them. Requests without a signature lack the key, and
 * emulators leave it out: that counts as not being one. Source: IAM user guide, "AWS global condition context keys".
 */
const NOT_A_SERVICE = { test: 'BoolIfExists', variable: 'aws:PrincipalIsAWSService', values: ['false'] };

/**
 * What a bucket refuses, whatever else allows it: plain HTTP, principals of other accounts, and uploads that ask for
 * another encryption than the bucket's. One that asks for none gets the bucket's: S3 looks at policies before it applies
 * the default. Source: Amazon S3 user guide, "Setting default server-side encryption behavior".
 */
export function bucketGuards({ bucketArn, keyArn, ...props }: BucketGuardsProps): DataAwsIamPolicyDocumentStatement[] {
  const all = { effect: 'Deny', actions: ['s3:*'], resources: [bucketArn, `${bucketArn}/*`], principals: EVERYBODY };
  const uploads = { effect: 'Deny', actions: ['s3:PutObject'], resources: [`${bucketArn}/*`], principals: EVERYBODY };
  return [
    { ...all, condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }] },
    {
      ...all,
      condition: [
        { test: 'StringNotEquals', variable: 'aws:PrincipalAccount', values: [props.accountId] },
        NOT_A_SERVICE,
      ],
    },
    {
      ...uploads,
      condition: [
        { test: 'Null', variable: ENCRYPTION, values: ['false'] },
        { test: 'StringNotEquals', variable: ENCRYPTION, values: [...props.algorithms] },
        NOT_A_SERVICE,
      ],
    },
    {
      ...uploads,
      // What is encrypted with a key that the caller keeps is lost to everybody else.
      condition: [{ test: 'Null', variable: `${ENCRYPTION}-customer-algorithm`, values: ['false'] }],
    },
    ...(keyArn === undefined ? [] : [{ ...uploads, condition: namesAnotherKey(keyArn) }]),
  ];
}

/** Where KMS is asked for without a key, S3 takes one of its own and not the bucket's. */
function namesAnotherKey(keyArn: string) {
  return [
    { test: 'StringEquals', variable: ENCRYPTION, values: ['aws:kms'] },
    { test: 'StringNotEquals', variable: `${ENCRYPTION}-aws-kms-key-id`, values: [keyArn] },
    NOT_A_SERVICE,
  ];
}
