import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Construct } from 'constructs';
import type { Naming } from '../naming';

export interface EndpointsProps {
  readonly naming: Naming;
  readonly region: string;
  readonly vpcId: string;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  /** Whether the other APIs that jobs call get endpoints too: these are billed by the hour, per zone. */
  readonly interfaces: boolean;
}

const GATEWAY_SERVICES = ['s3', 'dynamodb'];
const INTERFACE_SERVICES = ['kms', 'secretsmanager', 'glue', 'logs', 'monitoring', 'sts', 'sns', 'sqs'];

export interface EndpointsOutputs {
  /** Prefix lists of the services behind gateway endpoints, by service. */
  readonly prefixListIds: Readonly<Record<string, string>>;
  /** Group of the interface endpoints; absent where there are none. */
  readonly securityGroupId?: string;
}

/** Ways from the private subnets to AWS APIs that never leave the network of AWS. */
export class Endpoints extends Construct implements EndpointsOutputs {
  readonly prefixListIds: EndpointsOutputs['prefixListIds'];
  readonly securityGroupId?: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EndpointsProps,
  ) {
    super(scope, id);
    this.prefixListIds = Object.fromEntries(
      GATEWAY_SERVICES.map((service) => [service, this.createGateway(service).prefixListId]),
    );
    if (props.interfaces) this.securityGroupId = this.createInterfaces();
  }

  private createGateway(service: string): VpcEndpoint {
    return new VpcEndpoint(this, service, {
      ...this.common(service),
      vpcEndpointType: 'Gateway',
      routeTableIds: [...this.props.routeTableIds],
    });
  }

  private createInterfaces(): string {
    const name = this.props.naming.resource('endpoints');
    const group = new SecurityGroup(this, 'security-group', {
      name,
      description: 'Interface endpoints',
      vpcId: this.props.vpcId,
      tags: { Name: name },
    });
    for (const service of INTERFACE_SERVICES) {
      new VpcEndpoint(this, service, {
        ...this.common(service),
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: [...this.props.subnetIds],
        securityGroupIds: [group.id],
      });
    }
    return group.id;
  }

  private common(service: string) {
    const { naming, region, vpcId } = this.props;
    return {
      vpcId,
      serviceName: `com.amazonaws.${region}.${service}`,
      tags: { Name: naming.resource(service) },
    };
  }
}
