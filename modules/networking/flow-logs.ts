import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { exempt } from '../exempt';
import type { Naming } from '../naming';
import { ServiceRole } from '../security/service-role';

export interface FlowLogsProps {
  readonly naming: Naming;
  readonly accountId: string;
  readonly vpcId: string;
  readonly retentionDays: number;
  readonly keyArn: string;
}

/** Records of all traffic of the VPC, accepted and refused. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, props: FlowLogsProps) {
    super(scope, id);
    const name = props.naming.resource('flow-logs');
    const group = new CloudwatchLogGroup(this, 'group', {
      name,
      retentionInDays: props.retentionDays,
      kmsKeyId: props.keyArn,
    });
    exempt(group, { CKV_AWS_338: 'An environment says for how long it keeps logs' });
    const write = new DataAwsIamPolicyDocument(this, 'write', {
      statement: [
        {
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          resources: [`${group.arn}:*`],
        },
      ],
    });
    const role = new ServiceRole(this, 'role', {
      name: props.naming.role('flow-logs'),
      service: 'vpc-flow-logs',
      accountId: props.accountId,
    });
    new IamRolePolicy(this, 'policy', { name, role: role.name, policy: write.json });
    new FlowLog(this, 'flow-log', {
      vpcId: props.vpcId,
      trafficType: 'ALL',
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags: { Name: name },
    });
  }
}
