/** The servers of the standard that the product reads from, or, type `custom`, computes a data product from. */
import { z } from 'zod';
import { environmentNames } from '../../environments';
import { customProperties, fields, metadata, names } from './fields';

const DELIMITERS: Record<string, string> = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' };
const character = z.string().length(1, 'must be one character');
const delimiter = z
  .string()
  .regex(
    new RegExp(`^(${Object.keys(DELIMITERS).join('|')}|[^\\\\\\r\\n])$`),
    `must be one of ${Object.keys(DELIMITERS).join(', ')}, or one character other than backslash and line break`,
  )
  .transform((name) => DELIMITERS[name] ?? name);

/** Those in which a line break is the byte that it is in ASCII: Spark finds the lines before it decodes them. */
const ENCODINGS_BY_LINE = [
  ...['UTF-8', 'US-ASCII', 'ISO-8859-1', 'ISO-8859-2', 'ISO-8859-15', 'windows-1250', 'windows-1251', 'windows-1252'],
  ...['Shift_JIS', 'EUC-KR', 'GB18030', 'Big5'],
] as const;
/** Those that Spark reads as a whole only. */
export const ENCODINGS_BY_FILE = ['UTF-16', 'UTF-16LE', 'UTF-16BE'] as const;
export const ENCODINGS = [...ENCODINGS_BY_LINE, ...ENCODINGS_BY_FILE] as const;

/** How CSV files are written; by default as RFC 4180 has it. */
const csv = {
  format: z.literal('csv'),
  customProperties: customProperties({
    header: z.boolean().default(true),
    delimiter: delimiter.optional(),
    quote: character.default('"'),
    escape: character.default('"'),
    encoding: z.enum(ENCODINGS).default('UTF-8'),
    nullValue: z.string().default(''),
    multiline: z.boolean().default(true),
  }),
};
const json = { format: z.literal('json') };
const parquet = { format: z.literal('parquet') };

const server = {
  ...metadata('id', 'description', 'roles'),
  server: z.string(),
  // One that is not known would leave the data set out of where it is meant to be.
  environment: z.enum(environmentNames()),
};

const local = {
  ...server,
  type: z.literal('local'),
  environment: z.string().regex(/^local$/, 'must be local: elsewhere nobody brings in files of this machine'),
  path: z.string().min(1, 'must not be empty'),
};

const s3 = {
  ...server,
  type: z.literal('s3'),
  location: z
    .string()
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/([^/*?{}[\]\\]+\/)+[^/{}[\]\\]*$/,
      'must be s3://<bucket>/<folder>/<files>, with * and ? in <files> only',
    ),
};

// What becomes part of a JDBC URL, or of a pattern in a policy, must not mean anything there.
const database = {
  ...server,
  host: z.string().regex(/^[A-Za-z0-9.-]+$/, 'must be the name or IPv4 address of a host'),
  port: z.int().min(1, 'must be 1 to 65535').max(65535, 'must be 1 to 65535'),
  database: z.string().regex(/^[\w$-]+$/, 'must be letters, digits, _, $ and -'),
  customProperties: customProperties({
    secret: z.string().regex(/^[\w/+=.@-]+$/, 'must be the name of a secret: letters, digits and /_+=.@-'),
    table: z.string().min(1, 'must not be empty').optional(),
    watermark: z.string().optional(),
    watermarkDelay: z.int().min(0, 'must not be negative').default(300),
    parallelReads: z.int().min(1, 'must be 1 to 64').max(64, 'must be 1 to 64').default(4),
  }),
};

/** As many events as a trigger of Glue can wait for. */
const MAX_INPUTS = 100;

const product = {
  ...server,
  type: z.literal('custom'),
  customProperties: customProperties({
    query: z.string().min(1, 'must not be empty'),
    inputs: z
      .array(names)
      .min(1, 'must not be empty')
      .max(MAX_INPUTS, `must have at most ${MAX_INPUTS} members`)
      .refine((inputs) => new Set(inputs).size === inputs.length, 'must name each data set once'),
  }),
};

export const servers = z.discriminatedUnion('type', [
  z.discriminatedUnion('format', [
    fields({ ...local, ...csv }),
    fields({ ...local, ...json }),
    fields({ ...local, ...parquet }),
  ]),
  z.discriminatedUnion('format', [
    fields({ ...s3, ...csv, delimiter: delimiter.optional() }),
    fields({ ...s3, ...json, delimiter: z.literal('new_line').optional() }),
    fields({ ...s3, ...parquet }),
  ]),
  fields({ ...database, type: z.literal('postgresql'), schema: z.string().min(1, 'must not be empty') }),
  fields({ ...database, type: z.literal('mysql') }),
  fields(product),
]);

export type Server = z.output<typeof servers>;
export type FileServer = Extract<Server, { format: string }>;
export type CsvServer = Extract<Server, { format: 'csv' }>;
export type DatabaseServer = Extract<Server, { host: string }>;
export type ProductServer = Extract<Server, { type: 'custom' }>;
