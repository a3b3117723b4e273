import { changes, type Change, type Plan, type Value } from './plan';
import type { Finding } from './rules';

const ANYWHERE = ['0.0.0.0/0', '::/0'];
/** Resources that are a way into or out of a VPC by being there. */
const WAYS = [
  'aws_ec2_transit_gateway_vpc_attachment',
  'aws_egress_only_internet_gateway',
  'aws_internet_gateway',
  'aws_lambda_function_url',
  'aws_nat_gateway',
  'aws_vpc_peering_connection',
  'aws_vpn_connection',
];
const PUBLIC_ACCESS_BLOCKS = [
  'block_public_acls',
  'block_public_policy',
  'ignore_public_acls',
  'restrict_public_buckets',
];

/** What a plan opens that was closed: a way to or from anywhere, or a bucket to the public. */
export function networkPaths(plan: Plan): Finding[] {
  return changes(plan).flatMap(({ change }) => {
    const { before, after } = change.change;
    const had = new Set(before === null ? [] : openings(change, before));
    const opened = after === null ? closedNoMore(change) : openings(change, after).filter((each) => !had.has(each));
    return opened.map((text): Finding => ({ rule: 'network-path', address: change.address, text: `opens ${text}` }));
  });
}

function openings({ type, change: { after_unknown } }: Change, values: Record<string, Value>): string[] {
  switch (type) {
    case 'aws_security_group':
    case 'aws_default_security_group':
      return ['ingress', 'egress'].flatMap((way) =>
        list(values[way]).flatMap((rule) => anywhere(rule).map((cidr) => `${way} ${ports(rule)} ${cidr}`)),
      );
    case 'aws_security_group_rule':
      return anywhere(values).map((cidr) => `${values.type} ${ports(values)} ${cidr}`);
    case 'aws_vpc_security_group_ingress_rule':
    case 'aws_vpc_security_group_egress_rule':
      return anywhere(values).map((cidr) => `${type.split('_')[4]} ${ports(values)} ${cidr}`);
    case 'aws_route':
      return anywhere(values).map((cidr) => `a route to ${cidr} through ${target(values, after_unknown)}`);
    case 'aws_route_table':
    case 'aws_default_route_table':
      return list(values.route).flatMap((route) =>
        anywhere(route).map((cidr) => `a route to ${cidr} through ${target(route, {})}`),
      );
    case 'aws_subnet':
      return values.map_public_ip_on_launch ? ['public addresses for what starts in the subnet'] : [];
    case 'aws_s3_bucket_public_access_block':
      return PUBLIC_ACCESS_BLOCKS.filter((name) => values[name] === false).map((name) => `the bucket: ${name} is off`);
    default:
      return WAYS.includes(type) ? [`a way through ${type}`] : [];
  }
}

/** What is open because something that closed it is gone. The bucket may go with it: that is another rule's matter. */
function closedNoMore({ type }: Change): string[] {
  return type === 'aws_s3_bucket_public_access_block' ? ['the bucket: nothing blocks public access'] : [];
}

function anywhere(rule: Record<string, Value>): string[] {
  const cidrs = [
    ...list(rule.cidr_blocks),
    ...list(rule.ipv6_cidr_blocks),
    ...[rule.cidr_ipv4, rule.cidr_ipv6, rule.cidr_block, rule.ipv6_cidr_block],
    ...[rule.destination_cidr_block, rule.destination_ipv6_cidr_block],
  ];
  return cidrs.filter((cidr) => ANYWHERE.includes(cidr));
}

function ports({ from_port: from, to_port: to, protocol, ip_protocol: ip = protocol }: Record<string, Value>): string {
  if (String(ip) === '-1') return 'of every port:';
  return from === to ? `of ${ip} port ${from}:` : `of ${ip} ports ${from} to ${to}:`;
}

/** The argument that says where a route leads, which may be known after the apply only. */
function target(values: Record<string, Value>, unknown: Record<string, Value>): string {
  const names = Object.keys({ ...values, ...unknown }).filter((name) => /_(id|arn|interface)$/.test(name));
  const others = ['route_table_id', 'instance_owner_id', 'destination_prefix_list_id'];
  return names.find((name) => !others.includes(name) && (values[name] || unknown[name])) ?? 'a gateway';
}

function list(value: Value): Value[] {
  return Array.isArray(value) ? value : [];
}
