import { NETWORK_NEEDS } from './network-needs';
import { everything, named, need, unnamed, type Need, type Place } from './place';

const bucket = (names: string) => need(({ prefix }) => [`arn:aws:s3:::${prefix}-*`], 's3', names);
const object = (names: string) => need(({ prefix }) => [`arn:aws:s3:::${prefix}-*/*`], 's3', names);
const role = (names: string) =>
  need(({ account, prefix }) => [`arn:aws:iam::${account}:role/${prefix}-*`], 'iam', names);
const global = (service: string, kind: string) => (place: Place) => named(service, kind)({ ...place, region: '' });
const logGroup = (names: string) =>
  need(
    named('logs', ...['/aws-glue/', '/aws-glue/crawlers-role/', '/aws/lambda/', '/aws/vpc/'].map(logGroupIn)),
    'logs',
    names,
  );
const logGroupIn = (folder: string) => `log-group:${folder}`;
const inCatalog = ({ region, account, database }: Place) =>
  ['catalog', `database/${database}_*`, `table/${database}_*/*`, `userDefinedFunction/${database}_*/*`].map(
    (resource) => `arn:aws:glue:${region}:${account}:${resource}`,
  );
const theCatalog = ({ region, account }: Place) => [`arn:aws:glue:${region}:${account}:catalog`];
const GLUE_TAGS = 'GetTags TagResource UntagResource';
const TAGS = 'ListTagsForResource TagResource UntagResource';

/** What deploying a type of resource needs, deleting it and setting its tags included. */
export const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  ...NETWORK_NEEDS,
  aws_budgets_budget: [need(global('budgets', 'budget/'), 'budgets', `ViewBudget ModifyBudget ${TAGS}`)],
  aws_ce_cost_allocation_tag: [need(everything, 'ce', 'ListCostAllocationTags UpdateCostAllocationTagsStatus')],
  aws_cloudtrail: [
    need(
      named('cloudtrail', 'trail/'),
      'cloudtrail',
      `CreateTrail UpdateTrail DeleteTrail GetTrail GetTrailStatus StartLogging StopLogging GetEventSelectors
      PutEventSelectors GetInsightSelectors ListTags AddTags RemoveTags`,
    ),
    need(everything, 'cloudtrail', 'DescribeTrails'),
  ],
  aws_cloudwatch_composite_alarm: [
    need(named('cloudwatch', 'alarm:'), 'cloudwatch', `PutCompositeAlarm DescribeAlarms DeleteAlarms ${TAGS}`),
  ],
  aws_cloudwatch_dashboard: [
    need(global('cloudwatch', 'dashboard/'), 'cloudwatch', 'GetDashboard PutDashboard DeleteDashboards'),
  ],
  aws_cloudwatch_event_rule: [
    need(named('events', 'rule/'), 'events', `PutRule DescribeRule DeleteRule EnableRule DisableRule ${TAGS}`),
  ],
  aws_cloudwatch_event_target: [need(named('events', 'rule/'), 'events', 'PutTargets RemoveTargets ListTargetsByRule')],
  aws_cloudwatch_log_group: [
    logGroup(
      `CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey ${TAGS}`,
    ),
    need(everything, 'logs', 'DescribeLogGroups'),
  ],
  aws_cloudwatch_log_metric_filter: [logGroup('PutMetricFilter DeleteMetricFilter DescribeMetricFilters')],
  aws_cloudwatch_metric_alarm: [
    need(named('cloudwatch', 'alarm:'), 'cloudwatch', `PutMetricAlarm DescribeAlarms DeleteAlarms ${TAGS}`),
  ],
  aws_cloudwatch_query_definition: [
    need(everything, 'logs', 'PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition'),
  ],
  aws_config_config_rule: [
    need(unnamed('config', 'config-rule'), 'config', `PutConfigRule DeleteConfigRule ${TAGS}`),
    need(everything, 'config', 'DescribeConfigRules'),
  ],
  aws_config_configuration_recorder: [
    need(everything, 'config', 'PutConfigurationRecorder DescribeConfigurationRecorders DeleteConfigurationRecorder'),
    need(unnamed('config', 'configuration-recorder'), 'config', 'ListTagsForResource'),
  ],
  aws_config_configuration_recorder_status: [
    need(
      everything,
      'config',
      'StartConfigurationRecorder StopConfigurationRecorder DescribeConfigurationRecorderStatus',
    ),
  ],
  aws_config_delivery_channel: [
    need(everything, 'config', 'PutDeliveryChannel DescribeDeliveryChannels DeleteDeliveryChannel'),
  ],
  aws_dynamodb_table: [
    need(
      named('dynamodb', 'table/'),
      'dynamodb',
      `CreateTable DescribeTable UpdateTable DeleteTable DescribeContinuousBackups UpdateContinuousBackups
      DescribeTimeToLive UpdateTimeToLive ListTagsOfResource TagResource UntagResource`,
    ),
  ],
  aws_glue_catalog_database: [
    need(inCatalog, 'glue', `CreateDatabase GetDatabase UpdateDatabase DeleteDatabase ${GLUE_TAGS}`),
  ],
  aws_glue_connection: [
    need(
      (place) => [...theCatalog(place), ...named('glue', 'connection/')(place)],
      'glue',
      `CreateConnection GetConnection UpdateConnection DeleteConnection ${GLUE_TAGS}`,
    ),
  ],
  aws_glue_crawler: [
    need(named('glue', 'crawler/'), 'glue', `GetCrawler UpdateCrawler DeleteCrawler StopCrawler ${GLUE_TAGS}`),
    need(everything, 'glue', 'CreateCrawler'),
  ],
  aws_glue_data_catalog_encryption_settings: [
    need(theCatalog, 'glue', 'GetDataCatalogEncryptionSettings PutDataCatalogEncryptionSettings'),
  ],
  aws_glue_data_quality_ruleset: [
    need(
      named('glue', 'dataQualityRuleset/'),
      'glue',
      `GetDataQualityRuleset UpdateDataQualityRuleset DeleteDataQualityRuleset ${GLUE_TAGS}`,
    ),
    need(everything, 'glue', 'CreateDataQualityRuleset'),
  ],
  aws_glue_job: [need(named('glue', 'job/'), 'glue', `CreateJob GetJob UpdateJob DeleteJob ${GLUE_TAGS}`)],
  aws_glue_security_configuration: [
    need(everything, 'glue', 'CreateSecurityConfiguration GetSecurityConfiguration DeleteSecurityConfiguration'),
  ],
  aws_glue_trigger: [
    need(
      named('glue', 'trigger/'),
      'glue',
      `CreateTrigger GetTrigger UpdateTrigger DeleteTrigger StartTrigger StopTrigger ${GLUE_TAGS}`,
    ),
  ],
  aws_glue_workflow: [
    need(named('glue', 'workflow/'), 'glue', `CreateWorkflow GetWorkflow UpdateWorkflow DeleteWorkflow ${GLUE_TAGS}`),
  ],
  aws_iam_role: [
    role(
      `CreateRole GetRole UpdateRole DeleteRole UpdateAssumeRolePolicy TagRole UntagRole ListRolePolicies
      ListAttachedRolePolicies ListInstanceProfilesForRole PutRolePermissionsBoundary DeleteRolePermissionsBoundary`,
    ),
    // Services are given these roles, which is an action of its own.
    role('PassRole'),
  ],
  aws_iam_role_policy: [role('PutRolePolicy GetRolePolicy DeleteRolePolicy')],
  aws_kms_alias: [
    need(
      (place) => [...named('kms', 'alias/')(place), ...unnamed('kms', 'key')(place)],
      'kms',
      'CreateAlias UpdateAlias DeleteAlias',
    ),
    need(everything, 'kms', 'ListAliases'),
  ],
  aws_kms_key: [
    need(everything, 'kms', 'CreateKey'),
    need(
      unnamed('kms', 'key'),
      'kms',
      `DescribeKey GetKeyPolicy PutKeyPolicy GetKeyRotationStatus EnableKeyRotation EnableKey UpdateKeyDescription
      ScheduleKeyDeletion ListResourceTags TagResource UntagResource`,
    ),
    // What other services encrypt with it, they do in the name of who deploys: tables, log groups, scripts.
    need(unnamed('kms', 'key'), 'kms', 'CreateGrant Decrypt GenerateDataKey'),
  ],
  aws_lambda_function: [
    need(
      named('lambda', 'function:'),
      'lambda',
      `CreateFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction
      ListVersionsByFunction GetFunctionCodeSigningConfig PutFunctionConcurrency DeleteFunctionConcurrency
      ListTags TagResource UntagResource`,
    ),
  ],
  aws_lambda_permission: [need(named('lambda', 'function:'), 'lambda', 'AddPermission GetPolicy RemovePermission')],
  aws_route53_health_check: [
    need(() => ['arn:aws:route53:::healthcheck/*'], 'route53', 'GetHealthCheck UpdateHealthCheck DeleteHealthCheck'),
    need(
      () => ['arn:aws:route53:::healthcheck/*', 'arn:aws:route53:::hostedzone/*'],
      'route53',
      'ListTagsForResource ChangeTagsForResource',
    ),
    need(everything, 'route53', 'CreateHealthCheck'),
  ],
  aws_route53_record: [
    need(
      () => ['arn:aws:route53:::hostedzone/*'],
      'route53',
      'GetHostedZone ChangeResourceRecordSets ListResourceRecordSets',
    ),
    need(() => ['arn:aws:route53:::change/*'], 'route53', 'GetChange'),
  ],
  aws_s3_bucket: [
    bucket(
      `CreateBucket DeleteBucket ListBucket ListBucketVersions GetBucketTagging PutBucketTagging GetAccelerateConfiguration
      GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment
      GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration
      GetReplicationConfiguration`,
    ),
    object('DeleteObject DeleteObjectVersion'),
  ],
  aws_s3_bucket_lifecycle_configuration: [bucket('PutLifecycleConfiguration')],
  aws_s3_bucket_logging: [bucket('PutBucketLogging')],
  aws_s3_bucket_notification: [bucket('GetBucketNotification PutBucketNotification')],
  aws_s3_bucket_object_lock_configuration: [bucket('PutBucketObjectLockConfiguration')],
  aws_s3_bucket_ownership_controls: [bucket('GetBucketOwnershipControls PutBucketOwnershipControls')],
  aws_s3_bucket_policy: [bucket('PutBucketPolicy DeleteBucketPolicy')],
  aws_s3_bucket_public_access_block: [bucket('GetBucketPublicAccessBlock PutBucketPublicAccessBlock')],
  aws_s3_bucket_replication_configuration: [bucket('PutReplicationConfiguration')],
  aws_s3_bucket_server_side_encryption_configuration: [bucket('PutEncryptionConfiguration')],
  aws_s3_bucket_versioning: [bucket('PutBucketVersioning')],
  aws_s3_object: [object('GetObject GetObjectTagging PutObject PutObjectTagging')],
  aws_secretsmanager_secret: [
    need(
      named('secretsmanager', 'secret:'),
      'secretsmanager',
      `CreateSecret DescribeSecret UpdateSecret DeleteSecret GetResourcePolicy TagResource UntagResource
      ReplicateSecretToRegions RemoveRegionsFromReplication`,
    ),
  ],
  aws_secretsmanager_secret_rotation: [
    need(named('secretsmanager', 'secret:'), 'secretsmanager', 'RotateSecret CancelRotateSecret'),
  ],
  aws_sns_topic: [
    need(named('sns', ''), 'sns', `CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic ${TAGS}`),
  ],
  aws_sns_topic_policy: [need(named('sns', ''), 'sns', 'GetTopicAttributes SetTopicAttributes')],
  aws_sns_topic_subscription: [
    need(named('sns', ''), 'sns', 'Subscribe'),
    need(everything, 'sns', 'GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe'),
  ],
  aws_sqs_queue: [
    need(
      named('sqs', ''),
      'sqs',
      'CreateQueue GetQueueAttributes SetQueueAttributes DeleteQueue ListQueueTags TagQueue UntagQueue',
    ),
  ],
  aws_sqs_queue_policy: [need(named('sqs', ''), 'sqs', 'GetQueueAttributes SetQueueAttributes')],
};

/**
 * What deploying a type of resource needs in the second Region of its environment: replicas, under a key that is there. DynamoDB
 * fills a replica in the name of who makes it. Source: Amazon DynamoDB developer guide, "Using IAM with global tables".
 */
export const SECOND_REGION_NEEDS: Readonly<Record<string, readonly Need[]>> = {
  aws_dynamodb_table: [
    need(
      named('dynamodb', 'table/'),
      'dynamodb',
      `CreateTable CreateTableReplica DescribeTable UpdateTable DeleteTable DeleteTableReplica DescribeContinuousBackups
      UpdateContinuousBackups ListTagsOfResource TagResource UntagResource
      Scan Query GetItem PutItem UpdateItem DeleteItem BatchWriteItem`,
    ),
    need(unnamed('kms', 'key'), 'kms', 'DescribeKey CreateGrant Decrypt GenerateDataKey'),
  ],
};

/** What deploy.sh and Terraform need themselves: the state, its lock, the records of releases, and what they look at. */
export const OWN_NEEDS: readonly Need[] = [
  bucket(
    `CreateBucket ListBucket PutBucketPolicy PutBucketVersioning PutEncryptionConfiguration PutBucketPublicAccessBlock`,
  ),
  need(({ prefix }) => [`arn:aws:s3:::${prefix}-terraform-state/*`], 's3', 'GetObject PutObject DeleteObject'),
  need(named('dynamodb', 'table/'), 'dynamodb', 'CreateTable DescribeTable'),
  need(
    ({ region, account, prefix }) => [`arn:aws:dynamodb:${region}:${account}:table/${prefix}-terraform-locks`],
    'dynamodb',
    'GetItem PutItem DeleteItem',
  ),
  need(everything, 'ec2', 'DescribeAvailabilityZones'),
  need(everything, 'config', 'DescribeConfigurationRecorders'),
  need(everything, 'cloudtrail', 'DescribeTrails'),
  need(everything, 'kms', 'ListAliases'),
  need(theCatalog, 'glue', 'GetDataCatalogEncryptionSettings'),
  need(
    ({ account }) => [`arn:aws:iam::${account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`],
    'iam',
    'GetRole CreateServiceLinkedRole',
  ),
];
