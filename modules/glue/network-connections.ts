import { GlueConnection } from '@cdktf/provider-aws/lib/glue-connection';
import { Construct } from 'constructs';
import type { NetworkingOutputs } from '../networking';
import type { JobNetwork } from './permissions';

export interface NetworkConnectionsProps {
  /** Names are this with the number of the subnet. */
  readonly name: string;
  readonly privateSubnets: NetworkingOutputs['privateSubnets'];
  readonly securityGroupIds: readonly string[];
}

/**
 * One connection per private subnet. A run takes the first of its job's connections whose subnet has room and whose zone is
 * in order, so that a zone can fail. Source: AWS re:Post, "AWS Glue job networking: managing multiple connections".
 */
export class NetworkConnections extends Construct implements JobNetwork {
  readonly names: readonly string[];
  readonly connectionArns: readonly string[];
  readonly securityGroupIds: readonly string[];

  constructor(scope: Construct, id: string, { name, privateSubnets, securityGroupIds }: NetworkConnectionsProps) {
    super(scope, id);
    const connections = privateSubnets.map(
      ({ availabilityZone, id: subnetId }, index) =>
        new GlueConnection(this, String(index), {
          name: `${name}-${index}`,
          connectionType: 'NETWORK',
          physicalConnectionRequirements: {
            availabilityZone,
            subnetId,
            securityGroupIdList: [...securityGroupIds],
          },
        }),
    );
    this.names = connections.map((connection) => connection.name);
    this.connectionArns = connections.map(({ arn }) => arn);
    this.securityGroupIds = securityGroupIds;
  }
}
