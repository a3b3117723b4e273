import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy';
import { Construct } from 'constructs';
import { arn, type Account } from '../arn';

export interface EventQueueProps {
  readonly account: Account;
  readonly name: string;
  readonly keyArn: string;
  /** ARNs of the rules that may send; with `*`, those whose names begin so. */
  readonly rules: string;
  /** ARN of the queue for messages that are received time and again, and never deleted. @default none */
  readonly deadLetterArn?: string;
  /** Makes the queue with its policy in it. A queue that exists already, with its policy beside it, would lose the policy. */
  readonly withPolicy: boolean;
  /** @default those of every resource */
  readonly tags?: Record<string, string>;
}

const SECONDS_PER_DAY = 86_400;
/** The longest that SQS offers. */
const RETENTION_DAYS = 14;
/** For as long a message that is being dealt with is not given out again. */
const VISIBILITY_SECONDS = 300;
const MAX_RECEIVES = 5;

/** A queue of events that is encrypted, reached over TLS alone, and written to by its rules alone. */
export class EventQueue extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly url: string;

  constructor(scope: Construct, id: string, props: EventQueueProps) {
    super(scope, id);
    const { name, keyArn, rules, deadLetterArn, withPolicy, tags } = props;
    const { json: policy } = this.policyDocument(arn(props.account, 'sqs', name), rules);
    const queue = new SqsQueue(this, 'queue', {
      name,
      kmsMasterKeyId: keyArn,
      messageRetentionSeconds: RETENTION_DAYS * SECONDS_PER_DAY,
      visibilityTimeoutSeconds: VISIBILITY_SECONDS,
      tags,
      ...(deadLetterArn !== undefined && {
        redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount: MAX_RECEIVES }),
      }),
      ...(withPolicy && { policy }),
    });
    if (!withPolicy) new SqsQueuePolicy(this, 'policy', { queueUrl: queue.url, policy });
    this.name = queue.name;
    this.arn = queue.arn;
    this.url = queue.url;
  }

  private policyDocument(queueArn: string, rules: string): DataAwsIamPolicyDocument {
    return new DataAwsIamPolicyDocument(this, 'policy-document', {
      statement: [
        {
          actions: ['sqs:SendMessage'],
          resources: [queueArn],
          principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
          condition: [{ test: 'ArnLike', variable: 'aws:SourceArn', values: [rules] }],
        },
        {
          effect: 'Deny',
          actions: ['sqs:*'],
          resources: [queueArn],
          principals: [{ type: '*', identifiers: ['*'] }],
          condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
        },
      ],
    });
  }
}
