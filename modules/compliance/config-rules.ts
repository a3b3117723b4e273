import { ConfigConfigRule } from '@cdktf/provider-aws/lib/config-config-rule';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Naming } from '../naming';
import { CONTENT_TAG } from '../storage/bucket';

export interface ConfigRulesProps {
  readonly naming: Naming;
  readonly dependsOn: ITerraformDependable[];
}

interface Rule {
  /** AWS's name of the rule. Source: AWS Config developer guide, "List of AWS Config Managed Rules". */
  readonly identifier: string;
  readonly asks: string;
  /** Types of what the rule looks at when its configuration changes. @default it looks at the whole account, once a day */
  readonly types?: readonly string[];
  /** Tag of what it looks at. @default that of this project: what else the account holds is others' business */
  readonly tag?: { readonly tagKey: string; readonly tagValue: string };
}

const BUCKET = ['AWS::S3::Bucket'];
const TABLE = ['AWS::DynamoDB::Table'];

const RULES: readonly Rule[] = [
  {
    identifier: 'S3_DEFAULT_ENCRYPTION_KMS',
    asks: 'Buckets with data are encrypted with KMS',
    types: BUCKET,
    tag: { tagKey: CONTENT_TAG, tagValue: 'data' },
  },
  { identifier: 'S3_BUCKET_SSL_REQUESTS_ONLY', asks: 'Buckets are reached over TLS alone', types: BUCKET },
  { identifier: 'S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED', asks: 'Buckets are closed to the public', types: BUCKET },
  { identifier: 'S3_BUCKET_VERSIONING_ENABLED', asks: 'Buckets keep versions', types: BUCKET },
  { identifier: 'DYNAMODB_TABLE_ENCRYPTED_KMS', asks: 'Tables are encrypted with KMS', types: TABLE },
  { identifier: 'DYNAMODB_PITR_ENABLED', asks: 'Tables can be restored to a point in time', types: TABLE },
  { identifier: 'SNS_ENCRYPTED_KMS', asks: 'Topics are encrypted with KMS', types: ['AWS::SNS::Topic'] },
  {
    identifier: 'SECRETSMANAGER_USING_CMK',
    asks: 'Secrets are encrypted with a customer-managed key',
    types: ['AWS::SecretsManager::Secret'],
  },
  {
    identifier: 'LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED',
    asks: 'Functions are closed to the public',
    types: ['AWS::Lambda::Function'],
  },
  {
    identifier: 'VPC_DEFAULT_SECURITY_GROUP_CLOSED',
    asks: 'Default security groups let nothing through',
    types: ['AWS::EC2::SecurityGroup'],
  },
  { identifier: 'CMK_BACKING_KEY_ROTATION_ENABLED', asks: 'Customer-managed keys rotate' },
  { identifier: 'CLOUD_TRAIL_ENABLED', asks: 'CloudTrail records' },
  { identifier: 'CLOUD_TRAIL_ENCRYPTION_ENABLED', asks: 'CloudTrail encrypts with KMS' },
  { identifier: 'CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED', asks: 'CloudTrail signs its files' },
];

/** Types of resources whose configuration has to be recorded for the rules to look at. */
export const RECORDED_TYPES: readonly string[] = [...new Set(RULES.flatMap(({ types = [] }) => types))].sort();

const OWN = { tagKey: 'Project', tagValue: Naming.project };

/** Rules that AWS Config holds against this project's resources, and against the account's keys and trails. */
export class ConfigRules extends Construct {
  constructor(scope: Construct, id: string, { naming, dependsOn }: ConfigRulesProps) {
    super(scope, id);
    for (const { identifier, asks, types, tag = OWN } of RULES) {
      const name = identifier.toLowerCase().replaceAll('_', '-');
      new ConfigConfigRule(this, name, {
        name: naming.resource(name),
        description: asks,
        source: { owner: 'AWS', sourceIdentifier: identifier },
        // A rule that looks once a day looks at everything: it takes no scope.
        ...(types && { scope: tag }),
        dependsOn,
      });
    }
  }
}
