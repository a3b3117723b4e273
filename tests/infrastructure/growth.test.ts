import { loadEnvironment } from '../../environments';
import type { DataSet } from '../../modules/contract/data-set';
import { custom, database, load, minimal, product, type Draft } from '../unit/contract-files';
import { resources, synthesize, type Block, type Synthesized } from './synth';

const PROD = loadEnvironment('prod');
/** As many zones as an environment may ask for: roles name their subnets. */
const ENVIRONMENT = { ...PROD, network: { ...PROD.network, availabilityZones: 6, databaseCidrs: ['10.1.0.0/16'] } };

/** Characters that AWS allows: of all policies that stand in a role, of a key, and of an endpoint. */
const ROLE_LIMIT = 10_240;
const KEY_LIMIT = 32_768;
const ENDPOINT_LIMIT = 20_480;
const NAME_LENGTH = 64;
const BUCKETS = 60;

/** Data sets with the longest names, of every kind of source in turn. */
function dataSets(count: number): DataSet[] {
  const names = Array.from({ length: count }, (_, index) => `data_set_${index}_`.padEnd(NAME_LENGTH, 'x'));
  const contracts = names.map((name, index) => [name, contractOf(name, index, names[0]!)]);
  const files = contracts.map(([name, contract]) => [`${name}.odcs.yaml`, contract]);
  return load({ ...Object.fromEntries(files), 'query.sql': 'SELECT 1' }, 'prod');
}

function contractOf(name: string, index: number, first: string): Draft {
  const files = (bucket: string) => {
    const location = `s3://${bucket}/${name}/`;
    return { ...minimal(name), servers: [{ server: 'a', environment: 'prod', type: 's3', format: 'json', location }] };
  };
  switch (index % 4) {
    case 1:
      return files(`partner-${index % BUCKETS}-`.padEnd(63, 'x'));
    case 2: {
      const contract = database(name, 'prod');
      custom(contract.servers[0], { secret: `${name}/reader` });
      return contract;
    }
    case 3:
      return product(name, [first], 'prod');
    default:
      return files('glue-etl-pipeline-prod-source');
  }
}

/** Characters of a policy as IAM counts them, with the longest texts that Terraform could put in. */
function size(stack: Synthesized, reference: string): number {
  const id = /aws_iam_policy_document\.(.+)\.json/.exec(reference)![1]!;
  const statement = stack.data['aws_iam_policy_document']![id]!.statement.map((block: Block) => ({
    Effect: block.effect ?? 'Allow',
    Action: block.actions,
    Resource: block.resources,
    ...(block.principals && {
      Principal: block.principals.map(({ type, identifiers }: Block) => ({ [type]: identifiers })),
    }),
    ...(block.condition && {
      Condition: block.condition.map(({ test, variable, values }: Block) => ({ [test]: { [variable]: values } })),
    }),
  }));
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  return text
    .replace(/\$\{[^}]*account_id\}/g, '123456789012')
    .replace(/\$\{[^}]*partition\}/g, 'aws-us-gov')
    .replace(/\$\{var\.aws_region\}/g, 'ap-northeast-1')
    .replace(/\$\{[^}]*\}/g, 'arn:aws-us-gov:secretsmanager:ap-northeast-1:123456789012:'.padEnd(100, 'x')).length;
}

function largest(stack: Synthesized, type: string): number {
  return Math.max(...resources(stack, type).map(({ policy }) => size(stack, policy)));
}

describe.each([1, 10, 100, 500])('with %d data sets', (count) => {
  const stack = synthesize(ENVIRONMENT, dataSets(count));

  test('the policy of every role, key and endpoint is one that AWS takes', () => {
    const roles = resources(stack, 'aws_iam_role_policy').map(({ role }) => role);
    // One policy each: what counts is their sum.
    expect(new Set(roles).size).toBe(roles.length);
    expect(largest(stack, 'aws_iam_role_policy')).toBeLessThanOrEqual(ROLE_LIMIT);
    expect(largest(stack, 'aws_kms_key')).toBeLessThanOrEqual(KEY_LIMIT);
    expect(largest(stack, 'aws_vpc_endpoint')).toBeLessThanOrEqual(ENDPOINT_LIMIT);
  });

  test('every role has a name that IAM takes, and no other has', () => {
    const names = resources(stack, 'aws_iam_role').map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  test('only data sets that read what is not of this environment have a role of their own', () => {
    const own = resources(stack, 'aws_iam_role').filter(({ address }) => /glue_ingest-.*_role_/.test(address));
    expect(own).toHaveLength(
      Array.from({ length: count }, (_, index) => index % 4).filter((kind) => kind === 1 || kind === 2).length,
    );
  });
});
