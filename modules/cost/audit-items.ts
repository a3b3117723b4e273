import { all, itemsOf, sum, type EstimateInput, type Item } from './bill';
import { PRICES } from './prices';
import { s3Requests } from './storage-items';
import { DAYS_PER_MONTH, HOURS_PER_MONTH } from './workload';

/** How Terraform calls what AWS Config records. */
const TERRAFORM_TYPE: Record<string, string> = {
  'AWS::S3::Bucket': 'aws_s3_bucket',
  'AWS::DynamoDB::Table': 'aws_dynamodb_table',
  'AWS::SNS::Topic': 'aws_sns_topic',
  'AWS::SecretsManager::Secret': 'aws_secretsmanager_secret',
  'AWS::Lambda::Function': 'aws_lambda_function',
  'AWS::EC2::SecurityGroup': 'aws_security_group',
};

function terraformType(type: string): string {
  const known = TERRAFORM_TYPE[type];
  if (known === undefined) throw new Error(`modules/cost/audit-items.ts: TERRAFORM_TYPE lacks ${type}`);
  return known;
}

/** What is paid whether data flows or not: keys, secrets and ways in the network; and what is recorded for auditors. */
export function auditItems(input: EstimateInput): Item[] {
  return [...securityItems(input), ...networkItems(input), ...configItems(input), ...trailItems(input)];
}

function securityItems(input: EstimateInput): Item[] {
  const [keys, secrets] = [all(input, 'aws_kms_key').length, all(input, 'aws_secretsmanager_secret').length];
  return [
    itemsOf('KMS')('keys', keys, 'key-months', PRICES.kmsKey),
    itemsOf('Secrets Manager')('secrets', secrets, 'secret-months', PRICES.secret),
  ];
}

function networkItems(input: EstimateInput): Item[] {
  const item = itemsOf('VPC');
  const zones = sum(all(input, 'aws_vpc_endpoint'), ({ subnet_ids: subnets = [] }) => subnets.length);
  const gateways = all(input, 'aws_nat_gateway').length;
  return [
    item('interface endpoints, per zone', zones * HOURS_PER_MONTH, 'hours', PRICES.vpcEndpointHour),
    item('NAT gateways', gateways * HOURS_PER_MONTH, 'hours', PRICES.natGatewayHour),
  ];
}

/** As if each resource that is recorded changed once a month, which every rule over its changes then looks at. */
function configItems(input: EstimateInput): Item[] {
  const item = itemsOf('Config');
  const recorded = sum(
    all(input, 'aws_config_configuration_recorder'),
    ({ recording_group: { resource_types: types } }) =>
      sum(types as string[], (type) => all(input, terraformType(type)).length),
  );
  const rules = all(input, 'aws_config_config_rule');
  const onChange = rules.filter(({ scope }) => scope).length;
  const evaluations = onChange * recorded + (rules.length - onChange) * DAYS_PER_MONTH;
  return [
    item('recorded changes', recorded, 'items', PRICES.configItem),
    item('rules', evaluations, 'evaluations', PRICES.configEvaluation),
  ];
}

/** As if all objects that jobs read and write were in recorded buckets. */
function trailItems(input: EstimateInput): Item[] {
  if (all(input, 'aws_cloudtrail').length === 0) return [];
  const { puts, gets } = s3Requests(input);
  return [itemsOf('CloudTrail')('data events', puts + gets, 'events', PRICES.cloudTrailDataEvent)];
}
