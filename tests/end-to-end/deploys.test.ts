import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { paths } from '../../local/paths';
import { datasets, sharedAccount, shell, succeed } from './account';
import { Change, changesOf, counted } from './plans';

// This file comes last but one: it deletes what is deployed.

/** Not of this project, or made by each set-up for itself. */
const NOT_COPIED = ['.git', '.venv', 'node_modules', 'build', 'cdktf.out', 'nycflights13', '__pycache__'];
/** Of the files that the set-up makes, those that it need not make again for a copy. */
const SHARED = ['node_modules', 'build'];

const copy = mkdtempSync(path.join(os.tmpdir(), 'changed-'));

beforeAll(async () => {
  await sharedAccount();
  for (const name of readdirSync(paths.root)) {
    if (NOT_COPIED.includes(name) || name === 'tests') continue;
    cpSync(path.join(paths.root, name), path.join(copy, name), {
      recursive: true,
      filter: (file) => !NOT_COPIED.includes(path.basename(file)),
    });
  }
  for (const name of SHARED) symlinkSync(path.join(paths.root, name), path.join(copy, name));
  cpSync(datasets, path.join(copy, 'contracts'), { recursive: true });
});

afterAll(() => rmSync(copy, { recursive: true }));

/** Runs the deploy script of the copy, as somebody would who has changed it. */
const deploy = (action: string) =>
  `cd ${copy} && PIPELINE_DATASETS=${copy}/contracts ./scripts/deploy.sh --environment local --action ${action}`;

/** The changes that the deploy script would make. */
function plan(): Change[] {
  succeed(deploy('plan'));
  return changesOf(readFileSync(path.join(copy, 'build/plans/local/plan.json'), 'utf8'));
}

/** Changes a file of the copy; an Error if what is to be changed is not there. */
function edit(file: string, from: string, to: string): void {
  const text = readFileSync(path.join(copy, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
  writeFileSync(path.join(copy, file), text.replace(from, to));
}

test('a second plan changes nothing', () => {
  expect(plan()).toEqual([]);
});

test('a change of an argument, a schedule and a threshold is planned as that, and deployed', () => {
  edit('contracts/airlines.odcs.yaml', 'Name in full', 'Its name');
  edit('environments/local.ts', 'schedules: false', 'schedules: true');
  edit('environments/local.ts', 'logRetentionDays: 7', 'logRetentionDays: 7, memoryAlarmPercent: 80');
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
  succeed(`${deploy('apply')} --auto-approve`);
  edit('contracts/airlines.odcs.yaml', 'frequency, value: 1, unit: mo', 'frequency, value: 1, unit: d');
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
  succeed(`${deploy('destroy')} --confirm local`);
  const state = succeed('aws s3 cp s3://glue-etl-pipeline-local-terraform-state/terraform.tfstate -');
  expect((JSON.parse(state) as { resources: unknown[] }).resources).toEqual([]);
  const { ResourceTagMappingList: tagged } = JSON.parse(
    succeed('aws resourcegroupstaggingapi get-resources --tag-filters Key=Project'),
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
    aws ec2 describe-vpcs --filters Name=tag:Project,Values=glue-etl-pipeline --query 'Vpcs[].VpcId' --output text`);
  // What the bootstrap has made for Terraform's state stays.
  expect(names.output.split(/\s+/).filter((name) => /glue.etl.pipeline|^vpc-/.test(name))).toEqual([
    'glue-etl-pipeline-local-terraform-state',
    'glue-etl-pipeline-local-terraform-locks',
  ]);
});
