import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';
import { arn, type Account } from '../arn';
import type { Naming } from '../naming';
import type { Runbook } from './runbook';

export interface AlertsTopicProps extends Account {
  readonly naming: Naming;
  readonly runbook: Runbook;
  /** Subscribers; each has to confirm by a link in a mail from AWS. */
  readonly emails: readonly string[];
  readonly keyArn: string;
}

/** The topic that alarms and late runs publish to, encrypted, for subscribers by email: what needs a person. */
export class AlertsTopic extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AlertsTopicProps,
  ) {
    super(scope, id);
    this.arn = new SnsTopic(this, 'topic', { name: props.naming.alertsTopic, kmsMasterKeyId: props.keyArn }).arn;
    this.forwardLateRuns();
    this.allowPublishers();
    for (const email of props.emails) {
      new SnsTopicSubscription(this, email, { topicArn: this.arn, protocol: 'email', endpoint: email });
    }
  }

  /** Glue's own signal that a run goes on for longer than its job's `notifyDelayAfter`, sent while it does. */
  private forwardLateRuns(): void {
    const { naming, runbook } = this.props;
    const message = runbook.describe({
      what: '<job> takes longer than expected: run <run> is <state>',
      meaning: 'New data is published later than usual',
      section: 'a-run-takes-too-long',
    });
    const rule = new CloudwatchEventRule(this, 'late-run', {
      name: naming.resource('late-run'),
      description: 'A Glue job run of this environment takes longer than expected',
      eventPattern: JSON.stringify({
        source: ['aws.glue'],
        'detail-type': ['Glue Job Run Status'],
        detail: { jobName: [{ prefix: `${naming.prefix}-` }] },
      }),
    });
    new CloudwatchEventTarget(this, 'late-run-target', {
      rule: rule.name,
      arn: this.arn,
      inputTransformer: {
        inputPaths: { job: '$.detail.jobName', run: '$.detail.jobRunId', state: '$.detail.state' },
        inputTemplate: JSON.stringify(message),
      },
    });
  }

  /** Alarms of this account, and rules of this environment. */
  private allowPublishers(): void {
    const { naming, accountId } = this.props;
    const rules = arn(this.props, 'events', `rule/${naming.prefix}-*`);
    const publish = (service: string, condition: { test: string; variable: string; values: string[] }) => ({
      actions: ['sns:Publish'],
      resources: [this.arn],
      principals: [{ type: 'Service', identifiers: [`${service}.amazonaws.com`] }],
      condition: [condition],
    });
    const policy = new DataAwsIamPolicyDocument(this, 'publishers', {
      statement: [
        publish('cloudwatch', { test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] }),
        publish('events', { test: 'ArnLike', variable: 'aws:SourceArn', values: [rules] }),
        {
          effect: 'Deny',
          actions: ['sns:Publish'],
          resources: [this.arn],
          principals: [{ type: '*', identifiers: ['*'] }],
          condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
        },
      ],
    });
    new SnsTopicPolicy(this, 'policy', { arn: this.arn, policy: policy.json });
  }
}
