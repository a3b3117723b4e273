import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { Naming } from '../naming';
import type { EndpointsOutputs } from './endpoints';

export interface GlueSecurityGroupProps {
  readonly naming: Naming;
  readonly vpcId: string;
  /** @default none: only NAT gateways lead to AWS APIs */
  readonly endpoints?: EndpointsOutputs;
  /** Whether NAT gateways lead to the internet. */
  readonly internet: boolean;
  /** Where the databases are that jobs read. */
  readonly databases: { readonly cidrs: readonly string[]; readonly ports: readonly number[] };
}

const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };

/** Group of the workers of Glue jobs: they talk to each other, and over HTTPS to AWS APIs. */
export class GlueSecurityGroup extends Construct {
  readonly id: string;

  constructor(scope: Construct, id: string, props: GlueSecurityGroupProps) {
    super(scope, id);
    const name = props.naming.resource('glue');
    const group = new SecurityGroup(this, 'group', {
      name,
      description: 'Workers of Glue jobs',
      vpcId: props.vpcId,
      tags: { Name: name },
    });
    this.id = group.id;
    this.allowEachOther();
    if (props.endpoints) this.allowEndpoints(props.endpoints);
    if (props.internet) this.allowInternet();
    for (const cidr of props.databases.cidrs) {
      for (const port of props.databases.ports) this.allowDatabase(cidr, port);
    }
  }

  /** Glue refuses a group whose members may not reach each other on every TCP port. */
  private allowEachOther(): void {
    const rule = {
      securityGroupId: this.id,
      referencedSecurityGroupId: this.id,
      ipProtocol: 'tcp',
      fromPort: 0,
      toPort: 65535,
      description: 'Workers of the same group',
    };
    new VpcSecurityGroupIngressRule(this, 'from-itself', rule);
    new VpcSecurityGroupEgressRule(this, 'to-itself', rule);
  }

  private allowEndpoints({ prefixListIds, securityGroupId }: EndpointsOutputs): void {
    for (const [service, prefixListId] of Object.entries(prefixListIds)) {
      new VpcSecurityGroupEgressRule(this, `to-${service}`, {
        ...HTTPS,
        securityGroupId: this.id,
        prefixListId,
        description: `To ${service}`,
      });
    }
    if (securityGroupId === undefined) return;
    new VpcSecurityGroupEgressRule(this, 'to-endpoints', {
      ...HTTPS,
      securityGroupId: this.id,
      referencedSecurityGroupId: securityGroupId,
      description: 'To interface endpoints',
    });
    new VpcSecurityGroupIngressRule(this, 'endpoints-from-glue', {
      ...HTTPS,
      securityGroupId,
      referencedSecurityGroupId: this.id,
      description: 'From Glue jobs',
    });
  }

  /** Behind a NAT gateway AWS APIs are found at public addresses, of which there is no list to allow. */
  private allowInternet(): void {
    new VpcSecurityGroupEgressRule(this, 'to-internet', {
      ...HTTPS,
      securityGroupId: this.id,
      cidrIpv4: '0.0.0.0/0',
      description: 'To AWS APIs through NAT',
    });
  }

  private allowDatabase(cidrIpv4: string, port: number): void {
    new VpcSecurityGroupEgressRule(this, `to-${cidrIpv4.replace(/[./]/g, '-')}-${port}`, {
      securityGroupId: this.id,
      cidrIpv4,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      description: 'To databases',
    });
  }
}
