import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { Construct } from 'constructs';
import type { Account } from '../arn';
import type { S3Source } from '../contract/data-set';
import type { Naming } from '../naming';
import { EventQueue } from './event-queue';

export interface SourceEventsProps {
  readonly account: Account;
  readonly naming: Naming;
  /** Name of the data set. */
  readonly dataset: string;
  readonly source: S3Source;
  readonly keyArn: string;
  /** ARN of the queue for what could not be delivered or dealt with. */
  readonly deadLetterArn: string;
  /** See {@link EventQueueProps}. */
  readonly withPolicy: boolean;
}

/** Keeps for the ingest job of a data set which objects were put into its folder of the source bucket. */
export class SourceEvents extends Construct {
  readonly queueUrl: string;

  constructor(scope: Construct, id: string, props: SourceEventsProps) {
    super(scope, id);
    const { account, naming, dataset, source, keyArn, deadLetterArn, withPolicy } = props;
    const rule = new CloudwatchEventRule(this, 'rule', {
      name: naming.rule(`source-${dataset}`),
      description: `${dataset}: an object has arrived in s3://${source.bucket}/${source.prefix}`,
      eventPattern: JSON.stringify({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [source.bucket] }, object: { key: [{ prefix: source.prefix }] } },
      }),
      tags: { Dataset: dataset },
    });
    const queue = new EventQueue(this, 'events', {
      account,
      name: naming.queue(`source-${dataset}`),
      keyArn,
      rules: rule.arn,
      deadLetterArn,
      withPolicy,
      tags: { Dataset: dataset },
    });
    new CloudwatchEventTarget(this, 'target', {
      rule: rule.name,
      arn: queue.arn,
      deadLetterConfig: { arn: deadLetterArn },
    });
    this.queueUrl = queue.url;
  }
}
