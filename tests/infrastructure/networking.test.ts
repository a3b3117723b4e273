import { loadEnvironment } from '../../environments';
import { loadOne } from '../unit/contract-files';
import { everyEnvironment, resources, statements, synthesize, type Block, type Synthesized } from './synth';

const prod = loadEnvironment('prod');

/** Statements of the policy of each endpoint, by the service. */
function endpointPolicies(stack: Synthesized): [string, Block[]][] {
  return resources(stack, 'aws_vpc_endpoint').map(({ service_name, policy }) => [
    service_name.split('.').at(-1),
    statements(stack).filter(({ document }) => policy === `\${data.aws_iam_policy_document.${document}.json}`),
  ]);
}

function securityGroupRules(stack: Synthesized): Block[] {
  return ['ingress', 'egress'].flatMap((way) => resources(stack, `aws_vpc_security_group_${way}_rule`));
}

describe.each(everyEnvironment)('network of %s', (_, stack) => {
  const { network } = stack.environment;

  test('has a private and a public subnet per zone, none of which gives out public addresses', () => {
    const subnets = resources(stack, 'aws_subnet');
    expect(subnets).toHaveLength(2 * network.availabilityZones);
    expect(new Set(subnets.map((subnet) => subnet.cidr_block)).size).toBe(subnets.length);
    for (const subnet of subnets) expect(subnet.map_public_ip_on_launch).toBe(false);
  });

  test('no security group is open to the world', () => {
    for (const rule of securityGroupRules(stack))
      expect([rule.address, rule.cidr_ipv4, rule.cidr_ipv6]).toEqual([rule.address, undefined, undefined]);
    for (const group of resources(stack, 'aws_security_group')) {
      expect([group.address, group.ingress, group.egress]).toEqual([group.address, undefined, undefined]);
    }
  });

  test('the default security group lets nothing through', () => {
    const [group] = resources(stack, 'aws_default_security_group');
    expect([group!.ingress, group!.egress]).toEqual([undefined, undefined]);
  });

  test('workers of a job reach each other on every TCP port', () => {
    for (const way of ['ingress', 'egress']) {
      const own = resources(stack, `aws_vpc_security_group_${way}_rule`).filter(
        (rule) => rule.security_group_id === rule.referenced_security_group_id,
      );
      expect(own).toEqual([expect.objectContaining({ ip_protocol: 'tcp', from_port: 0, to_port: 65535 })]);
    }
  });

  test('no private subnet is routed to the internet', () => {
    const open = resources(stack, 'aws_route').filter((route) => route.gateway_id);
    expect(open.map((route) => route.route_table_id)).toEqual([expect.stringMatching(/public-routes/)]);
  });

  test('no endpoint lets principals of other accounts pass, but to what AWS has for everybody to read', () => {
    for (const [service, policy] of endpointPolicies(stack)) {
      expect([service, policy.length]).not.toEqual([service, 0]);
      const others = policy.filter(
        ({ condition = [] }) => !condition.some(({ variable }: Block) => variable === 'aws:PrincipalAccount'),
      );
      expect(others.flatMap(({ actions }) => actions)).toEqual(service === 's3' ? ['s3:GetObject'] : []);
      for (const arn of others.flatMap(({ resources: named }) => named)) expect(arn).toMatch(/:::aws-glue-[^/]+\/\*$/);
    }
  });

  test('the gateway endpoints lead to the buckets and tables of this environment alone', () => {
    const policies = Object.fromEntries(endpointPolicies(stack));
    if (!network.endpoints) return expect(policies).toEqual({});
    const own = (policy: Block[]) =>
      policy.filter(({ condition }) => condition).flatMap(({ resources: named }) => named);
    const { prefix, jobStateTable, jobBookmarksTable } = stack.naming;
    expect(own(policies.s3!).map((arn) => arn.split(':::').at(-1))).toEqual([`${prefix}-*`, `${prefix}-*/*`]);
    expect(own(policies.dynamodb!).map((arn) => arn.split(':table/').at(-1))).toEqual([
      jobStateTable,
      jobBookmarksTable,
    ]);
  });

  test('every zone has a connection, in which any job of this environment can run', () => {
    const { glue } = stack.environment;
    const connections = resources(stack, 'aws_glue_connection').filter((each) => each.connection_type === 'NETWORK');
    const subnets = connections.map(({ physical_connection_requirements: place }) => place.subnet_id);
    expect(new Set(subnets).size).toBe(glue.vpc ? network.availabilityZones : 0);
    const names = connections.map(({ address }) => `\${${address}.name}`);
    for (const job of resources(stack, 'aws_glue_job')) expect(job.connections ?? []).toEqual(names);
  });

  test('flow logs are kept where the environment asks for them', () => {
    expect(resources(stack, 'aws_flow_log')).toHaveLength(network.flowLogs ? 1 : 0);
  });
});

describe('ways to AWS APIs', () => {
  const endpoints = (network: Partial<typeof prod.network>) => {
    const stack = synthesize({ ...prod, network: { ...prod.network, ...network } });
    const services = endpointPolicies(stack)
      .map(([service]) => service)
      .sort();
    const gateways = resources(stack, 'aws_nat_gateway').length;
    const open = securityGroupRules(stack).filter((rule) => rule.cidr_ipv4);
    return { services, gateways, open };
  };

  test('without NAT gateways there are endpoints for all that jobs call', () => {
    expect(endpoints({ natGateways: 'none' })).toEqual({
      services: ['dynamodb', 'glue', 'kms', 'logs', 'monitoring', 's3', 'sqs'],
      gateways: 0,
      open: [],
    });
  });

  test.each([
    ['one', 1],
    ['per-zone', prod.network.availabilityZones],
  ] as const)('with NAT gateways (%s) jobs leave through them, by HTTPS alone', (natGateways, gateways) => {
    expect(endpoints({ natGateways })).toEqual({
      services: ['dynamodb', 's3'],
      gateways,
      open: [
        expect.objectContaining({
          address: expect.stringMatching(/^aws_vpc_security_group_egress_rule\..*to-internet/),
          ip_protocol: 'tcp',
          from_port: 443,
          to_port: 443,
        }),
      ],
    });
  });
});

describe('a data set from a bucket that is not this environment’s', () => {
  const server = { server: 'partner', environment: 'prod', type: 's3', format: 'json' };
  const dataset = loadOne((contract) => {
    contract.servers = [{ ...server, location: 's3://partner-exports/orders/' }];
  }, 'prod');
  const stack = synthesize(prod, [dataset]);

  test('can read it through the endpoint, and write nothing to it', () => {
    const policy = Object.fromEntries(endpointPolicies(stack)).s3!;
    const foreign = policy.filter(({ resources: named }) =>
      named.some((arn: string) => arn.includes('partner-exports')),
    );
    expect(foreign).toMatchObject([
      {
        actions: ['s3:GetObject', 's3:GetObjectTagging', 's3:ListBucket'],
        condition: [{ variable: 'aws:PrincipalAccount' }],
      },
    ]);
  });

  test('has a role of its own, which alone reads it', () => {
    const readers = statements(stack)
      .filter(({ resources: named }) => named?.some((arn: string) => arn.includes('partner-exports')))
      .map(({ document }) => document)
      .filter((document) => !document.startsWith('networking_'));
    expect(new Set(readers)).toEqual(new Set([expect.stringMatching(/^glue_ingest-orders_permissions_/)]));
    const [ingest, ...others] = resources(stack, 'aws_glue_job').filter(({ role_arn }) =>
      /ingest-orders/.test(role_arn),
    );
    expect([ingest!.name, others]).toEqual(['glue-etl-pipeline-prod-ingest-orders', []]);
  });
});
