import { z } from 'zod';
import { fields, metadata, regularExpression } from './fields';

const numbers = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'must have the smaller number first');

const operators = {
  mustBe: z.number().optional(),
  mustNotBe: z.number().optional(),
  mustBeGreaterThan: z.number().optional(),
  mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(),
  mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: numbers.optional(),
  mustNotBeBetween: numbers.optional(),
};
export type Operator = keyof typeof operators;
export const OPERATORS = Object.keys(operators) as Operator[];

const check = {
  ...metadata('id', 'name', 'description', 'dimension', 'businessImpact', 'method', 'tags', 'schedule', 'scheduler'),
  ...metadata('authoritativeDefinitions', 'customProperties'),
  severity: z.enum(['error', 'warning']).default('error'),
};

function metric<M extends string, S extends z.ZodRawShape>(name: M, shape: S) {
  return fields({ ...check, ...operators, ...shape, type: z.literal('library'), metric: z.literal(name) }).refine(
    (each) => OPERATORS.filter((operator) => operator in each).length === 1,
    `must have one of ${OPERATORS.join(', ')}`,
  );
}

const unit = z.enum(['rows', 'percent']).default('rows');
const values = z.array(z.union([z.string(), z.number()])).min(1, 'must not be empty');

const library = z.discriminatedUnion('metric', [
  metric('rowCount', { unit: z.literal('rows').default('rows') }),
  metric('nullValues', { unit }),
  metric('missingValues', {
    unit,
    arguments: fields({ missingValues: z.array(z.string().nullable()).min(1, 'must not be empty') }),
  }),
  metric('invalidValues', {
    unit,
    arguments: fields({ validValues: values.optional(), pattern: regularExpression.optional() }).refine(
      ({ validValues, pattern }) => (validValues === undefined) !== (pattern === undefined),
      'must have one of validValues, pattern',
    ),
  }),
  metric('duplicateValues', {
    unit,
    arguments: fields({ properties: z.array(z.string()).min(1, 'must not be empty') }).optional(),
  }),
]);

const custom = fields({
  ...check,
  ...metadata('unit'),
  type: z.literal('custom'),
  engine: z.literal('glueDataQuality'),
  implementation: z.string(),
});

/** For people to read. */
const text = fields({ ...check, ...metadata('unit'), type: z.literal('text') });

/** Quality checks, of a table or of one of its columns. A check without `type` is of type `library`. */
export const checks = z
  .array(
    z.preprocess(
      (each) => (typeof each === 'object' && each !== null && !('type' in each) ? { ...each, type: 'library' } : each),
      z.discriminatedUnion('type', [library, custom, text]),
    ),
  )
  .default([]);

export type Check = z.output<typeof checks>[number];
export type LibraryCheck = z.output<typeof library>;
