import { z } from 'zod';
import { reportIssues } from './errors';

/** An object that has these fields and no others. */
export function fields<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `is not a supported field; fields are ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

/** Fields that the product does not read. */
export function metadata<K extends string>(...names: K[]) {
  return Object.fromEntries(names.map((name) => [name, z.unknown().optional()])) as Record<
    K,
    z.ZodOptional<z.ZodUnknown>
  >;
}

/** What becomes part of a physical name, of a table's or of a column's. */
export const names = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and underscores, a letter first')
  .max(64, 'must have at most 64 characters');

export const regularExpression = z.string().refine((text) => {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}, 'must be a regular expression');

/** The standard's list of `property` and `value`, as an object with these properties and no others. */
export function customProperties<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  const item = fields({
    ...metadata('id', 'description'),
    property: z.enum(known as [string, ...string[]]),
    value: z.unknown(),
  });
  return z
    .array(item)
    .default([])
    .transform((items, context) => {
      const properties = Object.fromEntries(items.map((each) => [each.property, each.value]));
      const result = z.strictObject(shape).safeParse(properties);
      if (result.success) return result.data;
      reportIssues(result.error.issues, properties, ([property, ...rest], message) => {
        const index = items.findIndex((each) => each.property === property);
        const path = index < 0 ? [String(property), ...rest] : [index, 'value', ...rest];
        context.addIssue({ code: 'custom', path, message });
      });
      return z.NEVER;
    });
}
