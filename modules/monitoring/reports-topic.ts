import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';
import type { Naming } from '../naming';

export interface ReportsTopicProps {
  readonly naming: Naming;
  /** Subscribers; each has to confirm by a link in a mail from AWS. */
  readonly emails: readonly string[];
  readonly keyArn: string;
}

/**
 * The topic of the reports on failed runs and on each day: what people read when they sit down to it. What wakes them is the
 * topic of alerts.
 */
export class ReportsTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { naming, emails, keyArn }: ReportsTopicProps) {
    super(scope, id);
    const { arn } = new SnsTopic(this, 'topic', { name: naming.reportsTopic, kmsMasterKeyId: keyArn });
    this.arn = arn;
    // The function's own policy lets it publish.
    const tlsOnly = new DataAwsIamPolicyDocument(this, 'tls-only', {
      statement: [
        {
          effect: 'Deny',
          actions: ['sns:Publish'],
          resources: [arn],
          principals: [{ type: '*', identifiers: ['*'] }],
          condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
        },
      ],
    });
    new SnsTopicPolicy(this, 'policy', { arn, policy: tlsOnly.json });
    for (const email of emails) {
      new SnsTopicSubscription(this, email, { topicArn: arn, protocol: 'email', endpoint: email });
    }
  }
}
