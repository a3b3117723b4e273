import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import { exempt } from '../exempt';
import type { Naming } from '../naming';
import type { EndpointsOutputs } from './endpoints';

export interface GlueSecurityGroupProps {
  readonly naming: Naming;
  readonly vpcId: string;
  /** @default none: only NAT gateways lead to AWS APIs */
  readonly endpoints?: EndpointsOutputs;
  /** Whether NAT gateways lead to the internet. */
  readonly internet: boolean;
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
    exempt(group, { CKV2_AWS_5: 'Connections of Glue use it, which Checkov does not look at' });
    this.id = group.id;
    this.allowEachOther();
    if (props.endpoints) this.allowEndpoints(props.endpoints);
    if (props.internet) this.allowInternet();
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

  /**
   * The one rule that is open to the world, and only with NAT gateways. Behind them AWS APIs are found at public
   * addresses, of which security groups know lists for S3 and DynamoDB only; and a firewall that goes by the names of hosts
   * costs more than the interface endpoints, with which no such rule is needed.
   */
  private allowInternet(): void {
    new VpcSecurityGroupEgressRule(this, 'to-internet', {
      ...HTTPS,
      securityGroupId: this.id,
      cidrIpv4: '0.0.0.0/0',
      description: 'To AWS APIs through NAT',
    });
  }
}
