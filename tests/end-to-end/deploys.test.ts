import { readFileSync } from 'node:fs';
import { sharedAccount, shell, succeed } from './account';
import { Change, changesOf, counted } from './plans';
import { WorkingCopy } from './working-copy';

// This file comes last but one: it deletes what is deployed.

let copy: WorkingCopy;

beforeAll(async () => {
  await sharedAccount();
  copy = new WorkingCopy();
});

afterAll(() => copy?.remove());

/** Runs the deploy script of the copy, as somebody would who has changed it. */
const deploy = (action: string, ...options: string[]) =>
  copy.run(`./scripts/deploy.sh --environment local --action ${action} ${options.join(' ')}`);

/** The changes that the deploy script would make. */
function plan(): Change[] {
  deploy('plan');
  return changesOf(readFileSync(copy.file('build/plans/local/plan.json'), 'utf8'));
}

test('a second plan changes nothing', () => {
  expect(plan()).toEqual([]);
});

test('a change of an argument, a schedule and a threshold is planned as that, and deployed', () => {
  copy.edit('datasets/airlines.odcs.yaml', 'Name in full', 'Its name');
  copy.edit('environments/local.ts', 'schedules: false', 'schedules: true');
  copy.edit('environments/local.ts', 'logRetentionDays: 7', 'logRetentionDays: 7, memoryAlarmPercent: 80');
  const definition = { 'aws_s3_object create/delete': 1, 'aws_glue_job default_arguments.--definition': 4 };
  expect(counted(plan())).toEqual({
    ...definition,
    'aws_glue_trigger delete/create': 3,
    'aws_glue_crawler schedule': 3,
    // A data product is also built when an input has not come.
    'aws_cloudwatch_event_rule create': 1,
    'aws_cloudwatch_event_target create': 1,
    'aws_cloudwatch_metric_alarm alarm_description': 16,
    'aws_cloudwatch_metric_alarm threshold': 16,
  });
  deploy('apply', '--auto-approve');
  copy.edit('datasets/airlines.odcs.yaml', 'frequency, value: 1, unit: mo', 'frequency, value: 1, unit: d');
  expect(counted(plan())).toEqual({
    ...definition,
    'aws_glue_trigger schedule': 1,
    'aws_glue_crawler schedule': 1,
    // What it may take in a day is more.
    'aws_cloudwatch_metric_alarm alarm_description': 1,
    'aws_cloudwatch_metric_alarm threshold': 1,
  });
});

test('destroy leaves nothing but keys that wait for their deletion', () => {
  deploy('destroy', '--confirm', 'local');
  const state = succeed('aws s3 cp s3://glue-etl-pipeline-local-terraform-state/terraform.tfstate -');
  expect((JSON.parse(state) as { resources: unknown[] }).resources).toEqual([]);
  const { ResourceTagMappingList: tagged } = JSON.parse(
    succeed('aws resourcegroupstaggingapi get-resources --tag-filters Key=Environment,Values=local'),
  ) as { ResourceTagMappingList: { ResourceARN: string }[] };
  for (const { ResourceARN } of tagged) {
    expect(ResourceARN).toMatch(/:kms:/);
    const key = JSON.parse(succeed(`aws kms describe-key --key-id ${ResourceARN}`)) as { KeyMetadata: object };
    expect(key.KeyMetadata).toMatchObject({ KeyState: 'PendingDeletion' });
  }
  const names = shell(`
    aws s3api list-buckets --query 'Buckets[].Name' --output text
    aws iam list-roles --query 'Roles[].RoleName' --output text
    aws glue get-databases --query 'DatabaseList[].Name' --output text
    aws glue list-jobs --query JobNames --output text
    aws glue list-workflows --query Workflows --output text
    aws glue list-triggers --query TriggerNames --output text
    aws glue list-crawlers --query CrawlerNames --output text
    aws logs describe-log-groups --query 'logGroups[].logGroupName' --output text
    aws cloudwatch describe-alarms --query '[MetricAlarms, CompositeAlarms][].AlarmName' --output text
    aws events list-rules --query 'Rules[].Name' --output text
    aws dynamodb list-tables --query TableNames --output text
    aws ec2 describe-vpcs --filters Name=tag:Environment,Values=local --query 'Vpcs[].VpcId' --output text`);
  // What the bootstrap has made for Terraform's state stays.
  expect(names.output.split(/\s+/).filter((name) => /glue.etl.pipeline.local|^vpc-/.test(name))).toEqual([
    'glue-etl-pipeline-local-terraform-state',
    'glue-etl-pipeline-local-terraform-locks',
  ]);
});
