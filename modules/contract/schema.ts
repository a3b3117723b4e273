/**
 * The part of the Open Data Contract Standard 3.1 that the product supports. What the standard knows and the product
 * has no use for, but which does no harm either (who owns the data, what it costs), is accepted as it is.
 */
import { z } from 'zod';
import { environmentNames } from '../../environments';
import { customProperties, fields, metadata, names, regularExpression } from './fields';
import { checks } from './quality-schema';

const element = metadata('id', 'description', 'businessName', 'tags', 'authoritativeDefinitions');

const character = z.string().length(1, 'must be one character');
export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
const delimiter = z.enum(Object.keys(DELIMITERS) as (keyof typeof DELIMITERS)[]);

/** How CSV files are written; by default as RFC 4180 has it. */
const csvProperties = customProperties({
  header: z.boolean().default(true),
  delimiter: delimiter.optional(),
  quote: character.default('"'),
  escape: character.default('"'),
  encoding: z.enum(['UTF-8', 'UTF-16', 'ISO-8859-1', 'US-ASCII']).default('UTF-8'),
  nullValue: z.string().default(''),
});

const server = {
  ...metadata('id', 'description', 'roles'),
  server: z.string(),
  // One that is not known would leave the data set out of where it is meant to be.
  environment: z.enum(environmentNames()),
  format: z.literal('csv'),
  customProperties: csvProperties,
};

const servers = z.discriminatedUnion('type', [
  fields({
    ...server,
    type: z.literal('local'),
    environment: z.literal('local', 'must be local: elsewhere nobody brings in files of this machine'),
    path: z.string().min(1),
  }),
  fields({
    ...server,
    type: z.literal('s3'),
    location: z
      .string()
      .regex(
        /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/([^/*?{}[\]\\]+\/)+[^/{}[\]\\]*$/,
        'must be s3://<bucket>/<folder>/<files>, with * and ? in <files> only',
      ),
    delimiter: delimiter.optional(),
  }),
]);

const property = {
  ...element,
  ...metadata('classification', 'encryptedName', 'transformSourceObjects', 'transformLogic', 'transformDescription'),
  ...metadata('examples', 'criticalDataElement', 'relationships', 'customProperties'),
  name: names,
  physicalName: z.string().optional(),
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
  pattern: regularExpression.optional(),
}).refine(({ minLength = 0, maxLength = Infinity }) => minLength <= maxLength, {
  path: ['minLength'],
  error: 'must not be greater than maxLength',
});
const range = fields({ minimum: z.number().optional(), maximum: z.number().optional() }).refine(
  ({ minimum = -Infinity, maximum = Infinity }) => minimum <= maximum,
  { path: ['minimum'], error: 'must not be greater than maximum' },
);
const moment = fields({ format: z.string().min(1, 'must not be empty').optional() });
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
  column('date', z.literal('date'), moment),
  column('timestamp', z.literal('timestamp'), moment),
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
    /** How a batch gets into the curated table: by default merged if there is a key, else appended. */
    writeMode: z.enum(['merge', 'append', 'replace']).optional(),
    orderBy: z.string().optional(),
    onNewColumn: z.enum(['evolve', 'ignore', 'fail']).default('evolve'),
    onMissingColumn: z.enum(['fail', 'null']).default('fail'),
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
export type Server = Contract['servers'][number];
export type Table = Contract['schema'][0];
export type Property = Table['properties'][number];
export type Promised = Contract['slaProperties'][number];
