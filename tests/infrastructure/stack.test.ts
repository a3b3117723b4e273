import { everyEnvironment, resources, type Block, type Synthesized } from './synth';

function everyResource(stack: Synthesized): Block[] {
  return Object.keys(stack.resource).flatMap((type) => resources(stack, type));
}

describe.each(everyEnvironment)('stack of %s', (name, stack) => {
  test('keeps its state in S3, encrypted, with a lock in DynamoDB', () => {
    expect(stack.terraform.backend.s3).toMatchObject({
      bucket: `glue-etl-pipeline-${name}-terraform-state`,
      dynamodb_table: `glue-etl-pipeline-${name}-terraform-locks`,
      region: stack.environment.stateRegion,
      encrypt: true,
    });
  });

  test('takes its Region from a variable, and tags everything', () => {
    const [provider] = stack.provider.aws!;
    expect(provider!.region).toBe('${var.aws_region}');
    expect(provider!.default_tags[0].tags).toEqual({
      Project: 'glue-etl-pipeline',
      Environment: name,
      Owner: stack.environment.owner,
      CostCentre: stack.environment.costCentre,
    });
  });

  test('names no environment in the address of a resource', () => {
    const words = everyResource(stack).flatMap(({ address }) => address.split(/[._-]/));
    expect(words).not.toContain(name);
  });

  test('gives no two resources of a type the same name', () => {
    for (const type of Object.keys(stack.resource)) {
      const names = resources(stack, type)
        .map((block) => block.name ?? block.bucket)
        .filter(Boolean);
      if (/^aws_(s3_bucket_|s3_object|iam_role_policy)/.test(type)) continue;
      expect([type, new Set(names).size]).toEqual([type, names.length]);
    }
  });
});
