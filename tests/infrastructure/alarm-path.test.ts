import { everyEnvironment, resources, statements, type Block } from './synth';

const TOPIC = /^\$\{aws_sns_topic\.([\w-]+)\.arn}$/;

/** What a statement says of a service, where it is about one. */
const isFor = (service: string) => (statement: Block) =>
  (statement.principals as Block[] | undefined)?.some(({ identifiers }) =>
    identifiers.includes(`${service}.amazonaws.com`),
  );
const does = (action: string) => (statement: Block) =>
  statement.effect !== 'Deny' &&
  (statement.actions as string[]).some(
    (each) => each === action || (each.endsWith('*') && action.startsWith(each.slice(0, -1))),
  );

describe.each(everyEnvironment)('the way of an alert in %s', (name, stack) => {
  const all = statements(stack);
  const topics = stack.resource['aws_sns_topic']!;
  /** Statements of a policy that a resource has by reference. */
  const policyOf = (reference: string) => {
    const [, document] = /data\.aws_iam_policy_document\.([\w-]+)\.json/.exec(reference)!;
    return all.filter((statement) => statement.document === document);
  };
  const topicPolicy = (topic: string) => {
    const policies = resources(stack, 'aws_sns_topic_policy').filter(
      ({ arn }) => arn === `\${aws_sns_topic.${topic}.arn}`,
    );
    expect(policies).toHaveLength(1);
    return policyOf(policies[0]!.policy);
  };
  const keyOf = (topic: string) => /aws_kms_key\.([\w-]+)\.arn/.exec(topics[topic]!.kms_master_key_id)![1]!;
  const keyPolicy = (topic: string) => policyOf(stack.resource['aws_kms_key']![keyOf(topic)]!.policy);
  const topicOf = (arn: string) => TOPIC.exec(arn)![1]!;

  const alarms = ['aws_cloudwatch_metric_alarm', 'aws_cloudwatch_composite_alarm'].flatMap((type) =>
    resources(stack, type),
  );
  const alarmed = alarms.flatMap(({ address, alarm_actions: actions = [] }) =>
    (actions as string[]).map((action) => [address as string, action] as const),
  );
  const forwarded = resources(stack, 'aws_cloudwatch_event_target').filter(({ arn }) => TOPIC.test(arn));
  const ownAccount = {
    test: 'StringEquals',
    variable: 'aws:SourceAccount',
    values: ['${data.aws_caller_identity.caller.account_id}'],
  };

  test('begins at alarms and rules', () => {
    expect(alarmed.length).toBeGreaterThan(50);
    expect(forwarded).toHaveLength(3);
  });

  test('leads from every alarm to a topic that lets CloudWatch in, and whose key it may use', () => {
    for (const [alarm, action] of alarmed) {
      const publish = topicPolicy(topicOf(action)).filter(isFor('cloudwatch')).filter(does('sns:Publish'));
      expect({ alarm, publish }).toMatchObject({ publish: [{ resources: [action], condition: [ownAccount] }] });
      for (const needed of ['kms:Decrypt', 'kms:GenerateDataKey']) {
        const use = keyPolicy(topicOf(action)).filter(isFor('cloudwatch')).filter(does(needed));
        expect({ alarm, use }).toMatchObject({ use: [{ resources: ['*'], condition: [ownAccount] }] });
      }
    }
  });

  test.each(forwarded.map((target) => [target.address as string, target] as const))(
    'leads from %s to a topic and a key that let EventBridge in',
    (_, { rule, arn }) => {
      const [, id] = /aws_cloudwatch_event_rule\.([\w-]+)\.name/.exec(rule)!;
      const { name: ruleName } = stack.resource['aws_cloudwatch_event_rule']![id!]!;
      const [allowed, ...others] = topicPolicy(topicOf(arn)).filter(isFor('events')).filter(does('sns:Publish'));
      expect(others).toEqual([]);
      expect(allowed!.condition).toMatchObject([{ test: 'ArnLike', variable: 'aws:SourceArn' }]);
      const [pattern] = allowed!.condition[0].values as string[];
      expect(pattern).toMatch(new RegExp(`:rule/glue-etl-pipeline-${name}-\\*$`));
      expect(ruleName).toMatch(new RegExp(`^glue-etl-pipeline-${name}-`));
      for (const needed of ['kms:Decrypt', 'kms:GenerateDataKey']) {
        // EventBridge tells a topic's key of no source: with a condition, all of it would be refused.
        const [use] = keyPolicy(topicOf(arn)).filter(isFor('events')).filter(does(needed));
        expect(use!.condition).toBeUndefined();
      }
    },
  );

  test('is closed to what does not come over TLS', () => {
    for (const topic of new Set(alarmed.map(([, action]) => topicOf(action)))) {
      expect(topicPolicy(topic).filter(({ effect }) => effect === 'Deny')).toMatchObject([
        { actions: ['sns:Publish'], condition: [{ variable: 'aws:SecureTransport', values: ['false'] }] },
      ]);
    }
  });

  test('ends at everybody who is to be told, and at nobody else', () => {
    const subscriptions = resources(stack, 'aws_sns_topic_subscription').filter(({ topic_arn: arn }) =>
      alarmed.some(([, action]) => action === arn),
    );
    expect(subscriptions.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`)).toEqual(
      stack.environment.alertEmails.map((email) => `email ${email}`),
    );
  });

  test('is open to roles that may publish, with its key', () => {
    const publishers = all.filter((statement) => !statement.principals && does('sns:Publish')(statement));
    for (const { document, resources: arns } of publishers) {
      for (const arn of arns as string[]) {
        const key = `\${aws_kms_key.${keyOf(topicOf(arn))}.arn}`;
        const onKey = all.filter((each) => each.document === document && each.resources?.includes(key));
        expect(onKey.some(does('kms:Decrypt')) && onKey.some(does('kms:GenerateDataKey'))).toBe(true);
      }
    }
  });
});
