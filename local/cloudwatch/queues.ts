import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

const ATTRIBUTE = 'ApproximateNumberOfMessages';

/** Emits what SQS emits of each queue that alarms look at: how many messages wait in it. */
export async function emitQueueMetrics(
  sqs: SQSClient,
  cloudwatch: CloudWatchClient,
  names: Set<string>,
): Promise<void> {
  if (names.size === 0) return;
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  for (const QueueUrl of QueueUrls) {
    const QueueName = QueueUrl.split('/').at(-1)!;
    if (!names.has(QueueName)) continue;
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [ATTRIBUTE] }));
    const datum = {
      MetricName: `${ATTRIBUTE}Visible`,
      Dimensions: [{ Name: 'QueueName', Value: QueueName }],
      Value: Number(Attributes?.[ATTRIBUTE]),
      Unit: 'Count' as const,
    };
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'AWS/SQS', MetricData: [datum] }));
  }
}
