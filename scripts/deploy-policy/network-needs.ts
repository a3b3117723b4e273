import { everything, need, unnamed, type Need } from './place';

const vpc = (kinds: string[], names: string) => need(unnamed('ec2', ...kinds), 'ec2', `${names} CreateTags DeleteTags`);
const describe = (...names: string[]) => need(everything, 'ec2', names.map((name) => `Describe${name}`).join(' '));
const rule = (way: string) => [
  vpc(
    ['security-group', 'security-group-rule'],
    `AuthorizeSecurityGroup${way} RevokeSecurityGroup${way} ModifySecurityGroupRules`,
  ),
  describe('SecurityGroupRules', 'SecurityGroups'),
];

/** What types of resources of a VPC need, which have ids and no names. */
export const NETWORK_NEEDS: Readonly<Record<string, readonly Need[]>> = {
  aws_default_security_group: [...rule('Ingress'), ...rule('Egress')],
  aws_eip: [
    vpc(['elastic-ip'], 'AllocateAddress ReleaseAddress DisassociateAddress'),
    describe('Addresses', 'AddressesAttribute', 'NetworkInterfaces'),
  ],
  aws_flow_log: [vpc(['vpc', 'vpc-flow-log'], 'CreateFlowLogs DeleteFlowLogs'), describe('FlowLogs')],
  aws_internet_gateway: [
    vpc(
      ['internet-gateway', 'vpc'],
      'CreateInternetGateway AttachInternetGateway DetachInternetGateway DeleteInternetGateway',
    ),
    describe('InternetGateways'),
  ],
  aws_nat_gateway: [
    vpc(['natgateway', 'subnet', 'elastic-ip'], 'CreateNatGateway DeleteNatGateway'),
    describe('NatGateways'),
  ],
  aws_route: [vpc(['route-table'], 'CreateRoute ReplaceRoute DeleteRoute'), describe('RouteTables')],
  aws_route_table: [vpc(['route-table', 'vpc'], 'CreateRouteTable DeleteRouteTable'), describe('RouteTables')],
  aws_route_table_association: [
    vpc(['route-table', 'subnet'], 'AssociateRouteTable ReplaceRouteTableAssociation DisassociateRouteTable'),
  ],
  aws_security_group: [
    vpc(['security-group', 'vpc'], 'CreateSecurityGroup DeleteSecurityGroup RevokeSecurityGroupEgress'),
    describe('SecurityGroups', 'NetworkInterfaces'),
  ],
  aws_subnet: [
    vpc(['subnet', 'vpc'], 'CreateSubnet ModifySubnetAttribute DeleteSubnet'),
    describe('Subnets', 'NetworkInterfaces'),
  ],
  aws_vpc: [
    vpc(['vpc'], 'CreateVpc ModifyVpcAttribute DescribeVpcAttribute DeleteVpc'),
    describe('Vpcs', 'NetworkAcls', 'RouteTables', 'SecurityGroups'),
  ],
  aws_vpc_endpoint: [
    vpc(
      ['vpc', 'vpc-endpoint', 'subnet', 'security-group', 'route-table'],
      'CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints',
    ),
    describe('VpcEndpoints', 'PrefixLists'),
  ],
  aws_vpc_security_group_egress_rule: rule('Egress'),
  aws_vpc_security_group_ingress_rule: rule('Ingress'),
};
