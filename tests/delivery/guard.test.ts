import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startAccount, type Account } from '../../local/account';
import { paths } from '../../local/paths';
import { readPlan, type Plan } from '../../scripts/guard/plan';
import { describe as describeFinding, judge, RULES, type Rule } from '../../scripts/guard/rules';
import { base, broken, harmless } from './guarded';
import { Terraform } from './terraform';

const directory = mkdtempSync(path.join(os.tmpdir(), 'guard-'));
let account: Account;
let files: { initial: string; harmless: string; broken: string };
let plan: Plan;

beforeAll(async () => {
  account = await startAccount({ fresh: true, region: 'us-east-1', directory: path.join(directory, 'account') });
  const terraform = new Terraform(path.join(directory, 'terraform'), account);
  const initial = terraform.planFile(base(), 'initial');
  terraform.apply('initial');
  files = {
    initial,
    harmless: terraform.planFile(harmless(), 'harmless'),
    broken: terraform.planFile(broken(), 'broken'),
  };
  plan = readPlan(files.broken);
});

afterAll(async () => {
  await account?.stop();
  rmSync(directory, { recursive: true });
});

const found = (rule: Rule) =>
  judge(plan)
    .refused.filter((finding) => finding.rule === rule)
    .map(({ address, text }) => `${address} ${text}`)
    .sort();

describe('a plan is refused that', () => {
  test(RULES['data-loss'], () =>
    expect(found('data-loss')).toEqual([
      'aws_cloudwatch_log_group.journal replaces journal: its log events would be lost',
      'aws_dynamodb_table.ledger replaces ledger: its items: the ledger of batches, or the state of jobs would be lost',
      expect.stringMatching(/^aws_kms_key.old destroys .*: all that is encrypted with it would be lost$/),
      'aws_s3_bucket.old destroys old: its objects and their versions would be lost',
    ]),
  );

  test(RULES['job-replacement'], () =>
    expect(found('job-replacement')).toEqual([
      'aws_glue_job.process replaces process: its bookmark and its runs would be lost',
    ]),
  );

  test(RULES['network-path'], () =>
    expect(found('network-path')).toEqual([
      'aws_internet_gateway.internet opens a way through aws_internet_gateway',
      'aws_route.internet opens a route to 0.0.0.0/0 through gateway_id',
      'aws_s3_bucket_public_access_block.lake opens the bucket: block_public_policy is off',
      'aws_security_group_rule.out opens egress of every port: 0.0.0.0/0',
      'aws_subnet.private opens public addresses for what starts in the subnet',
      'aws_vpc_security_group_ingress_rule.four opens ingress of tcp port 22: 0.0.0.0/0',
      'aws_vpc_security_group_ingress_rule.six opens ingress of tcp port 22: ::/0',
    ]),
  );

  test(RULES['policy-wildcard'], () =>
    expect(found('policy-wildcard')).toEqual([
      'aws_iam_role_policy.job allows s3:GetObject on all resources',
      'aws_iam_role_policy.job allows s3:Put* on all resources',
      'aws_iam_role_policy.job allows the actions s3:Put*',
      'aws_iam_role_policy.late allows the actions sns:*',
      'aws_sqs_queue_policy.events allows sqs:SendMessage to everybody',
    ]),
  );

  test(RULES.encryption, () =>
    expect(found('encryption')).toEqual([
      'aws_s3_bucket_policy.lake no longer refuses s3:* if Bool aws:SecureTransport false in lake',
      'aws_s3_bucket_server_side_encryption_configuration.lake takes the encryption of lake away',
      'aws_s3_bucket_server_side_encryption_configuration.plain encrypts plain with AES256 instead of a key of KMS',
      expect.stringMatching(
        /^aws_s3_bucket_server_side_encryption_configuration.rekeyed encrypts rekeyed with another key than arn:/,
      ),
    ]),
  );
});

test('a plan passes that loses, opens and widens nothing', () => {
  const { refused, initial } = judge(readPlan(files.harmless));
  expect({ refused, initial }).toEqual({ refused: [], initial: [] });
});

test('a new environment may have what nothing is harmed by, and its readers are told', () => {
  const { refused, initial } = judge(readPlan(files.initial));
  expect(refused).toEqual([]);
  expect(initial.map(describeFinding).sort()).toEqual([
    'aws_internet_gateway.kept opens a way through aws_internet_gateway (network-path)',
    'aws_kms_key.data allows the actions kms:* (policy-wildcard)',
    'aws_route.kept opens a route to 0.0.0.0/0 through gateway_id (network-path)',
  ]);
});

test('so may one whose first apply was interrupted, but it may lose nothing', () => {
  const { refused } = judge(plan, [], true);
  expect(new Set(refused.map(({ rule }) => rule))).toEqual(new Set(['data-loss', 'job-replacement', 'encryption']));
});

describe('npm run guard', () => {
  const guard = (...args: string[]) => {
    const command = ['-r', 'ts-node/register', 'scripts/guard.ts', ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: paths.root, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };
  const addresses = () => judge(plan).refused.map(({ address }) => address);

  test('says what it refuses, and how to let it pass', () => {
    const { status, output } = guard(files.broken);
    expect(status).toBe(1);
    for (const { address, text } of judge(plan).refused) expect(output).toContain(`${address} ${text}`);
    expect(output).toContain("--acknowledge 'aws_s3_bucket.old'");
  });

  test('lets pass what is acknowledged by name, and only that', () => {
    expect(guard(files.broken, '--acknowledge', ...addresses())).toMatchObject({ status: 0 });
    const all = addresses().filter((address) => address !== 'aws_s3_bucket.old');
    const { status, output } = guard(files.broken, '--acknowledge', ...all);
    expect(status).toBe(1);
    expect(output).toContain('aws_s3_bucket.old destroys old');
    expect(output).not.toContain('refused: aws_kms_key.old');
    expect(guard(files.broken, '--acknowledge', ...all, 'aws_s3_bucket.old:data-loss').status).toBe(0);
    expect(guard(files.broken, '--acknowledge', ...all, 'aws_s3_bucket.old:encryption').status).toBe(2);
  });

  test('lets a harmless plan pass', () => {
    expect(guard(files.harmless)).toEqual({ status: 0, output: 'The guard lets this plan pass\n' });
  });

  test.each([
    [['none.json'], 'none.json: cannot be read'],
    [['package.json'], 'package.json: must be what'],
    [[], 'missing required argument'],
  ])('refuses to judge %j', (args, message) => {
    const { status, output } = guard(...args);
    expect(status).toBe(2);
    expect(output).toContain(message);
    expect(output).not.toContain('    at ');
  });
});
