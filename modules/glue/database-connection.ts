import { GlueConnection } from '@cdktf/provider-aws/lib/glue-connection';
import { Construct } from 'constructs';
import type { DatabaseSource } from '../contract/data-set';
import type { Naming } from '../naming';
import type { NetworkConnectionsProps } from './network-connections';

export interface DatabaseConnectionProps {
  readonly naming: Naming;
  /** Name of the data set. */
  readonly dataset: string;
  readonly source: DatabaseSource;
  /** @default none: the job runs outside of the VPC */
  readonly network?: Pick<NetworkConnectionsProps, 'privateSubnets' | 'securityGroupIds'>;
}

/** How the ingest job of a data set reaches its database: over TLS, with user and password from Secrets Manager. */
export class DatabaseConnection extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, { naming, dataset, source, network }: DatabaseConnectionProps) {
    super(scope, id);
    const { type, host, port, database, secret } = source;
    // A connection has one subnet: those that a job has beside it lead into the others.
    const subnet = network?.privateSubnets[0];
    this.name = new GlueConnection(this, 'connection', {
      name: naming.connection(dataset),
      description: `Source of ${dataset}`,
      connectionType: 'JDBC',
      connectionProperties: {
        JDBC_CONNECTION_URL: `jdbc:${type}://${host}:${port}/${database}`,
        SECRET_ID: secret,
        JDBC_ENFORCE_SSL: 'true',
      },
      ...(network &&
        subnet && {
          physicalConnectionRequirements: {
            availabilityZone: subnet.availabilityZone,
            subnetId: subnet.id,
            securityGroupIdList: [...network.securityGroupIds],
          },
        }),
      tags: { Dataset: dataset },
    }).name;
  }
}
