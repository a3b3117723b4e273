import { IAMClient, GetRolePolicyCommand, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { clientConfig } from '../../local/account';
import { asRole, runJob, sharedAccount, shell } from './account';

test('a role that lacks a permission fails its job, which names the action', async () => {
  const iam = new IAMClient(clientConfig(await sharedAccount()));
  const RoleName = 'glue-etl-pipeline-local-ingest';
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const PolicyName = PolicyNames![0]!;
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  const policy = decodeURIComponent(PolicyDocument!);
  const put = (document: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
  await put(policy.replaceAll('"sqs:ReceiveMessage"', '"sqs:GetQueueUrl"'));
  try {
    const run = runJob('glue-etl-pipeline-local-ingest-airlines');
    expect(run.JobRunState).toBe('FAILED');
    expect(run.ErrorMessage).toMatch(/AccessDenied.*sqs:ReceiveMessage/i);
  } finally {
    await put(policy);
    iam.destroy();
  }
});

test('a bucket refuses a plain HTTP call', async () => {
  const { plainEndpoint } = await sharedAccount();
  const call = asRole(
    'glue-etl-pipeline-local-process',
    'aws s3api list-objects-v2 --bucket glue-etl-pipeline-local-raw --prefix data/',
  );
  expect(shell(call)).toMatchObject({ status: 0 });
  const plain = shell(`export PLAIN=${plainEndpoint}; ${call}`);
  expect(plain.status).not.toBe(0);
  expect(plain.output).toMatch(/AccessDenied.*explicit deny in a resource-based policy/);
});
