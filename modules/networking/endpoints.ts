import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Construct } from 'constructs';
import type { Account } from '../arn';
import type { Naming } from '../naming';
import { knownBuckets, ownPrincipals, ownTables } from './endpoint-policies';
import type { ReachedSources } from './sources';

export interface EndpointsProps extends Account {
  readonly naming: Naming;
  readonly vpcId: string;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly sources: ReachedSources;
  /** Whether the other APIs that jobs call get endpoints too: these are billed by the hour, per zone. */
  readonly interfaces: boolean;
}

/**
 * What jobs call: the catalog, the queues of source events, metrics, the journal, and, where job bookmarks are switched
 * on, the key that workers encrypt them with. The monitoring function is outside of the VPC.
 */
const INTERFACE_SERVICES = ['glue', 'sqs', 'monitoring', 'logs', 'kms'];
/**
 * What the reading of databases calls; Glue asks STS when it tests a connection with a secret. Source: AWS re:Post, "How
 * do I troubleshoot a failed test connection in AWS Glue?"
 */
const DATABASE_SERVICES = ['secretsmanager', 'sts'];

export interface EndpointsOutputs {
  /** Prefix lists of the services behind gateway endpoints, by service. */
  readonly prefixListIds: Readonly<Record<string, string>>;
  /** Group of the interface endpoints; absent where there are none. */
  readonly securityGroupId?: string;
}

/** Ways from the private subnets to AWS APIs that never leave the network of AWS, each for what is this account's. */
export class Endpoints extends Construct implements EndpointsOutputs {
  readonly prefixListIds: EndpointsOutputs['prefixListIds'];
  readonly securityGroupId?: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EndpointsProps,
  ) {
    super(scope, id);
    this.prefixListIds = {
      s3: this.createGateway('s3', knownBuckets(props, props.sources.buckets)),
      dynamodb: this.createGateway('dynamodb', ownTables(props)),
    };
    if (props.interfaces) this.securityGroupId = this.createInterfaces();
  }

  /** @returns id of the prefix list of the service */
  private createGateway(service: string, statement: DataAwsIamPolicyDocumentStatement[]): string {
    return new VpcEndpoint(this, service, {
      ...this.common(service),
      vpcEndpointType: 'Gateway',
      routeTableIds: [...this.props.routeTableIds],
      policy: this.createPolicy(service, statement),
    }).prefixListId;
  }

  private createInterfaces(): string {
    const { naming, vpcId, subnetIds, sources } = this.props;
    const name = naming.resource('endpoints');
    const group = new SecurityGroup(this, 'security-group', {
      name,
      description: 'Interface endpoints',
      vpcId,
      tags: { Name: name },
    });
    const policy = this.createPolicy('interface', ownPrincipals(this.props));
    const databases = sources.databasePorts.length > 0 ? DATABASE_SERVICES : [];
    for (const service of [...INTERFACE_SERVICES, ...databases]) {
      new VpcEndpoint(this, service, {
        ...this.common(service),
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: [...subnetIds],
        securityGroupIds: [group.id],
        policy,
      });
    }
    return group.id;
  }

  private createPolicy(id: string, statement: DataAwsIamPolicyDocumentStatement[]): string {
    return new DataAwsIamPolicyDocument(this, `${id}-policy`, { statement }).json;
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
