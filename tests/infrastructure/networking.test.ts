import { loadEnvironment } from '../../environments';
import { everyEnvironment, resources, synthesize } from './synth';

const prod = loadEnvironment('prod');

describe.each(everyEnvironment)('network of %s', (_, stack) => {
  const { network } = stack.environment;

  test('has a private and a public subnet per zone, none of which gives out public addresses', () => {
    const subnets = resources(stack, 'aws_subnet');
    expect(subnets).toHaveLength(2 * network.availabilityZones);
    expect(new Set(subnets.map((subnet) => subnet.cidr_block)).size).toBe(subnets.length);
    for (const subnet of subnets) expect(subnet.map_public_ip_on_launch).toBe(false);
  });

  test('no security group is open to the world', () => {
    const rules = ['ingress', 'egress'].flatMap((way) => resources(stack, `aws_vpc_security_group_${way}_rule`));
    for (const rule of rules)
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

  test('flow logs are kept where the environment asks for them', () => {
    expect(resources(stack, 'aws_flow_log')).toHaveLength(network.flowLogs ? 1 : 0);
  });
});

describe('ways to AWS APIs', () => {
  const endpoints = (network: Partial<typeof prod.network>) => {
    const stack = synthesize({ ...prod, network: { ...prod.network, ...network } });
    const services = resources(stack, 'aws_vpc_endpoint')
      .map(({ service_name }) => service_name.split('.').at(-1))
      .sort();
    const gateways = resources(stack, 'aws_nat_gateway').length;
    const open = resources(stack, 'aws_vpc_security_group_egress_rule').filter((rule) => rule.cidr_ipv4);
    return { services, gateways, open };
  };

  test('without NAT gateways there are endpoints for all that jobs call', () => {
    expect(endpoints({ natGateways: 'none' })).toEqual({
      services: ['dynamodb', 'glue', 'kms', 'logs', 'monitoring', 's3', 'secretsmanager', 'sns', 'sqs', 'sts'],
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
      open: [expect.objectContaining({ ip_protocol: 'tcp', from_port: 443, to_port: 443 })],
    });
  });
});
