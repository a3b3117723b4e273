/**
 * The part of the Open Data Contract Standard 3.1 that the product supports. What the standard knows and the product
 * has no use for, but which does no harm either (who owns the data, what it costs), is accepted as it is.
 */
import { z } from 'zod';
import { formatProblem } from './formats';
import { customProperties, fields, metadata, names, regularExpression } from './fields';
import { checks } from './quality-schema';
import { servers } from './server-schema';

const element = metadata('id', 'description', 'businessName', 'tags', 'authoritativeDefinitions');

const property = {
  ...element,
  ...metadata('classification', 'encryptedName', 'transformSourceObjects', 'transformLogic', 'transformDescription'),
  ...metadata('examples', 'criticalDataElement', 'relationships', 'customProperties'),
  name: names,
  /** What the source calls it. */
  physicalName: z.string().min(1, 'must not be empty').optional(),
  description: z.string().default(''),
  required: z.boolean().default(false),
  unique: z.boolean().default(false),
  primaryKey: z.boolean().default(false),
  primaryKeyPosition: z.int().optional(),
  partitioned: z.boolean().default(false),
  partitionKeyPosition: z.int().optional(),
  quality: checks,
};

function column<L extends string, P extends z.ZodType<string>, O extends z.ZodRawShape>(
  logicalType: L,
  physicalType: P,
  options: z.ZodObject<O>,
) {
  return fields({
    ...property,
    logicalType: z.literal(logicalType),
    physicalType,
    logicalTypeOptions: options.optional(),
  });
}

const length = z.int().min(0, 'must not be negative');
const text = fields({
  minLength: length.optional(),
  maxLength: length.optional(),
  // What Python and Java do not take, or take in another way.
  pattern: regularExpression
    .refine(
      (pattern) => !/\\(?:[pPkc]|u\{)|\(\?</.test(pattern),
      'must not use \\p, \\k, \\c, \\u{…}, look-behind or names of groups',
    )
    .optional(),
}).refine(({ minLength = 0, maxLength = Infinity }) => minLength <= maxLength, {
  path: ['minLength'],
  error: 'must not be greater than maxLength',
});
const range = fields({ minimum: z.number().optional(), maximum: z.number().optional() }).refine(
  ({ minimum = -Infinity, maximum = Infinity }) => minimum <= maximum,
  { path: ['minimum'], error: 'must not be greater than maximum' },
);
const moment = (type: 'date' | 'timestamp') =>
  fields({
    format: z
      .string()
      .superRefine((format, { addIssue }) => {
        const problem = formatProblem(type, format);
        if (problem !== undefined) addIssue({ code: 'custom', message: problem, input: format });
      })
      .optional(),
  });
const fraction = z
  .string()
  .regex(
    /^(float|double|decimal\(([1-9]|[12]\d|3[0-8]),([0-9]|[12]\d|3[0-8])\))$/,
    'must be one of float, double, decimal(<precision up to 38>,<scale>)',
  )
  .refine((type) => {
    const [precision = 0, scale = 0] = (type.match(/\d+/g) ?? []).map(Number);
    return scale <= precision;
  }, 'must have a scale up to its precision');

const properties = z.discriminatedUnion('logicalType', [
  column('string', z.literal('string'), text),
  column('boolean', z.literal('boolean'), fields({})),
  column('integer', z.enum(['int', 'bigint']), range),
  column('number', fraction, range),
  column('date', z.literal('date'), moment('date')),
  column('timestamp', z.literal('timestamp'), moment('timestamp')),
]);

const table = fields({
  ...element,
  ...metadata('dataGranularityDescription', 'relationships'),
  name: names,
  physicalName: z.string().optional(),
  logicalType: z.literal('object').optional(),
  physicalType: z.literal('table').optional(),
  properties: z.array(properties).min(1, 'must not be empty'),
  quality: checks,
  customProperties: customProperties({
    /** How a batch gets into the curated table: by default a product replaces, a batch with a key is merged. */
    writeMode: z.enum(['merge', 'append', 'replace']).optional(),
    orderBy: z.string().optional(),
    onNewColumn: z.enum(['evolve', 'ignore', 'fail']).default('evolve'),
    onMissingColumn: z.enum(['fail', 'null']).default('fail'),
    onChangedColumn: z.enum(['evolve', 'ignore', 'fail']).default('ignore'),
    deleteMarker: fields({ column: z.string(), value: z.string() }).optional(),
  }),
});

const KEPT_PROMISES = ['frequency', 'latency', 'retention', 'volume'] as const;
/** Those of the standard that say something to people only. */
const OTHER_PROMISES = [
  'availability',
  'throughput',
  'errorRate',
  'generalAvailability',
  'endOfSupport',
  'endOfLife',
  'timeOfAvailability',
  'timeToDetect',
  'timeToNotify',
  'timeToRepair',
] as const;

const promise = fields({
  ...metadata('id', 'element', 'driver', 'description', 'valueExt'),
  property: z.enum([...KEPT_PROMISES, ...OTHER_PROMISES]),
  value: z.unknown(),
  unit: z.string().optional(),
  scheduler: z.literal('cron').optional(),
  schedule: z.string().optional(),
});

export const contractSchema = fields({
  ...metadata('name', 'tenant', 'tags', 'dataProduct', 'domain', 'support', 'price', 'team', 'roles'),
  ...metadata('authoritativeDefinitions', 'customProperties', 'contractCreatedTs'),
  apiVersion: z.literal('v3.1.0'),
  kind: z.literal('DataContract'),
  id: names,
  version: z.string(),
  status: z.string(),
  description: fields({
    ...metadata('usage', 'limitations', 'authoritativeDefinitions', 'customProperties'),
    purpose: z.string().default(''),
  }).default({ purpose: '' }),
  servers: z.array(servers).min(1, 'must not be empty'),
  schema: z.tuple([table], {
    error: ({ code }) => (code === 'too_big' || code === 'too_small' ? 'must describe one table' : undefined),
  }),
  slaProperties: z.array(promise).default([]),
});

export type Contract = z.output<typeof contractSchema>;
export type Table = Contract['schema'][0];
export type Property = Table['properties'][number];
export type Promised = Contract['slaProperties'][number];
