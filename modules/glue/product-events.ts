import { CloudwatchEventRule, type CloudwatchEventRuleConfig } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { Construct } from 'constructs';
import { switchedRule, type Site } from '../disaster-recovery/site';
import type { Naming } from '../naming';

export interface ProductEventsProps {
  readonly naming: Naming;
  readonly site: Site;
  /** Name of the data product. */
  readonly dataset: string;
  /** Names of the data sets that it is computed from. */
  readonly inputs: readonly string[];
  /** AWS cron expression. @default its inputs alone start it */
  readonly schedule?: string;
  readonly workflowArn: string;
  readonly roleArn: string;
  /** ARN of the queue for events that could not be delivered. */
  readonly deadLetterArn: string;
}

/** Tells the workflow of a data product that an input has published, and when its schedule has come round. */
export class ProductEvents extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ProductEventsProps,
  ) {
    super(scope, id);
    const { naming, site, dataset, inputs, schedule } = props;
    this.notifyOn('published', {
      description: `${dataset}: an input has published`,
      eventPattern: JSON.stringify({
        source: ['aws.glue'],
        'detail-type': ['Glue Job State Change'],
        detail: { jobName: inputs.map((input) => naming.job('curate', input)), state: ['SUCCEEDED'] },
      }),
    });
    if (schedule !== undefined) {
      const description = `${dataset}: its schedule`;
      this.notifyOn('schedule', { description, scheduleExpression: schedule, ...switchedRule(site) });
    }
  }

  private notifyOn(occasion: string, config: CloudwatchEventRuleConfig): void {
    const { naming, dataset, workflowArn, roleArn, deadLetterArn } = this.props;
    const rule = new CloudwatchEventRule(this, occasion, {
      ...config,
      name: naming.rule(`${occasion}-${dataset}`),
      tags: { Dataset: dataset },
    });
    new CloudwatchEventTarget(this, `${occasion}-target`, {
      rule: rule.name,
      arn: workflowArn,
      roleArn,
      deadLetterConfig: { arn: deadLetterArn },
    });
  }
}
