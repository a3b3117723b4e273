import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { Construct } from 'constructs';
import type { Naming } from '../naming';

export interface DatabaseSecurityGroupProps {
  readonly naming: Naming;
  readonly vpcId: string;
  /** Blocks that the databases are in. */
  readonly cidrs: readonly string[];
  readonly ports: readonly number[];
}

/** Group that workers of the jobs which read databases have beside that of all workers: the way to the databases. */
export class DatabaseSecurityGroup extends Construct {
  readonly id: string;

  constructor(scope: Construct, id: string, { naming, vpcId, cidrs, ports }: DatabaseSecurityGroupProps) {
    super(scope, id);
    const name = naming.resource('databases');
    this.id = new SecurityGroup(this, 'group', {
      name,
      description: 'Workers of Glue jobs that read databases',
      vpcId,
      tags: { Name: name },
    }).id;
    for (const cidr of cidrs) {
      for (const port of ports) this.allow(cidr, port);
    }
  }

  private allow(cidrIpv4: string, port: number): void {
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
