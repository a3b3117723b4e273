import { DataAwsAvailabilityZones } from '@cdktf/provider-aws/lib/data-aws-availability-zones';
import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { Eip } from '@cdktf/provider-aws/lib/eip';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Account } from '../arn';
import type { Naming } from '../naming';
import { DatabaseSecurityGroup } from './database-security-group';
import { Endpoints } from './endpoints';
import { FlowLogs } from './flow-logs';
import { GlueSecurityGroup } from './glue-security-group';
import type { ReachedSources } from './sources';

export interface NetworkingOutputs {
  readonly vpcId: string;
  readonly privateSubnets: readonly { readonly id: string; readonly availabilityZone: string }[];
  /** Group of the network interfaces of Glue jobs. */
  readonly glueSecurityGroupId: string;
  /** Group of those of jobs that read databases, beside the other; absent where no job does. */
  readonly databaseSecurityGroupId?: string;
}

export interface NetworkingProps extends Account {
  readonly naming: Naming;
  readonly config: Environment['network'];
  readonly sources: ReachedSources;
  readonly flowLogs: { readonly retentionDays: number; readonly keyArn: string };
}

/** Subnets are sixteenths of the VPC's block: the lower eight private, the upper eight public, one of each per zone. */
const SUBNET_BITS = 4;
const FIRST_PUBLIC_SUBNET = 8;
const ANYWHERE = '0.0.0.0/0';

/**
 * A VPC with a private and a public subnet per zone, in which only what is stated here may talk. Security groups state it;
 * network ACLs know addresses only, and could add nothing to that.
 */
export class Networking extends Construct implements NetworkingOutputs {
  readonly vpcId: string;
  readonly privateSubnets: readonly Subnet[];
  readonly glueSecurityGroupId: string;
  readonly databaseSecurityGroupId?: string;
  private readonly zones: DataAwsAvailabilityZones;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: NetworkingProps,
  ) {
    super(scope, id);
    this.vpcId = this.createVpc();
    this.zones = new DataAwsAvailabilityZones(this, 'zones', {
      state: 'available',
      filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
    });
    this.privateSubnets = this.createSubnets('private', 0);
    const publicSubnets = this.createSubnets('public', FIRST_PUBLIC_SUBNET);
    this.routeToInternet(publicSubnets);
    const privateTables = this.privateSubnets.map((subnet, zone) => this.createRouteTable(`private-${zone}`, [subnet]));
    this.routeToNat(privateTables, publicSubnets);

    const { config, naming, sources } = props;
    const { vpcId } = this;
    this.glueSecurityGroupId = new GlueSecurityGroup(this, 'glue', {
      naming,
      vpcId,
      endpoints: config.endpoints ? this.createEndpoints(privateTables) : undefined,
      internet: config.natGateways !== 'none',
    }).id;
    if (sources.databasePorts.length > 0) {
      const databases = { cidrs: config.databaseCidrs, ports: sources.databasePorts };
      this.databaseSecurityGroupId = new DatabaseSecurityGroup(this, 'databases', { naming, vpcId, ...databases }).id;
    }
    if (config.flowLogs) new FlowLogs(this, 'flow-logs', { ...props, vpcId, ...props.flowLogs });
  }

  private createVpc(): string {
    const { naming, config } = this.props;
    const vpc = new Vpc(this, 'vpc', {
      cidrBlock: config.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: naming.prefix },
    });
    // Managed without a rule, the group that every VPC comes with lets nothing through.
    new DefaultSecurityGroup(this, 'default-security-group', { vpcId: vpc.id });
    return vpc.id;
  }

  private createSubnets(kind: 'private' | 'public', firstBlock: number): Subnet[] {
    const { naming, config } = this.props;
    return Array.from(
      { length: config.availabilityZones },
      (_, zone) =>
        new Subnet(this, `${kind}-subnet-${zone}`, {
          vpcId: this.vpcId,
          cidrBlock: Fn.cidrsubnet(config.cidr, SUBNET_BITS, firstBlock + zone),
          availabilityZone: Fn.element(this.zones.names, zone),
          mapPublicIpOnLaunch: false,
          tags: { Name: naming.resource(`${kind}-${zone}`) },
        }),
    );
  }

  private routeToInternet(publicSubnets: readonly Subnet[]): void {
    const gateway = new InternetGateway(this, 'internet-gateway', {
      vpcId: this.vpcId,
      tags: { Name: this.props.naming.prefix },
    });
    const table = this.createRouteTable('public', publicSubnets);
    new Route(this, 'internet-route', {
      routeTableId: table.id,
      destinationCidrBlock: ANYWHERE,
      gatewayId: gateway.id,
    });
  }

  private routeToNat(privateTables: readonly RouteTable[], publicSubnets: readonly Subnet[]): void {
    const { natGateways } = this.props.config;
    if (natGateways === 'none') return;
    const gatewaySubnets = natGateways === 'one' ? publicSubnets.slice(0, 1) : publicSubnets;
    const gateways = gatewaySubnets.map((subnet, zone) => this.createNatGateway(subnet, zone));
    privateTables.forEach((table, zone) => {
      new Route(this, `nat-route-${zone}`, {
        routeTableId: table.id,
        destinationCidrBlock: ANYWHERE,
        natGatewayId: gateways[zone % gateways.length]!.id,
      });
    });
  }

  private createNatGateway(subnet: Subnet, zone: number): NatGateway {
    const tags = { Name: this.props.naming.resource(`nat-${zone}`) };
    const address = new Eip(this, `nat-address-${zone}`, { domain: 'vpc', tags });
    return new NatGateway(this, `nat-gateway-${zone}`, { subnetId: subnet.id, allocationId: address.id, tags });
  }

  private createEndpoints(privateTables: readonly RouteTable[]): Endpoints {
    const { config } = this.props;
    return new Endpoints(this, 'endpoints', {
      ...this.props,
      vpcId: this.vpcId,
      routeTableIds: privateTables.map((table) => table.id),
      subnetIds: this.privateSubnets.map((subnet) => subnet.id),
      interfaces: config.natGateways === 'none',
    });
  }

  private createRouteTable(id: string, subnets: readonly Subnet[]): RouteTable {
    const table = new RouteTable(this, `${id}-routes`, {
      vpcId: this.vpcId,
      tags: { Name: this.props.naming.resource(id) },
    });
    subnets.forEach((subnet, index) => {
      new RouteTableAssociation(this, `${id}-routes-of-${index}`, { routeTableId: table.id, subnetId: subnet.id });
    });
    return table;
  }
}
