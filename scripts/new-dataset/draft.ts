import { Document, isCollection, type Node } from 'yaml';
import { toColumnNames } from './names';
import type { CsvForm, Sample, SampleColumn } from './sample';

/** What a draft is made of, beside the sample. */
export interface Purpose {
  /** Id of the data set. */
  readonly id: string;
  /** Path of the sample file from the contract's folder. */
  readonly path: string;
  readonly format: string;
  readonly landings: readonly Landing[];
  /** Names of the key's columns in the sample. */
  readonly key: readonly string[];
}

/** Where a data set is delivered to in an environment that is an account. */
export interface Landing {
  readonly environment: string;
  /** An URL of S3, with `*` for names of files. */
  readonly location: string;
}

/** A column of the sample, under a name that a contract can have. */
export interface DraftColumn extends SampleColumn {
  readonly id: string;
  /** Whether jobs can tell it by the name in the file: no earlier one has that, in whatever case, and it is not empty. */
  readonly isNamed: boolean;
}

const DELIMITERS: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };
const LOGICAL_TYPES: Readonly<Record<string, string>> = {
  ...{ int: 'integer', bigint: 'integer', float: 'number', double: 'number', decimal: 'number' },
};
/** Lengths that people give to columns. */
const LENGTHS = [1, 10, 100, 1000, 10_000].flatMap((size) => [size, 2 * size, 5 * size]);

/** A contract in YAML that describes the sample. Comments that begin with `confirm` tell what was guessed. */
export function draft(sample: Sample, { id, path, format, landings, key }: Purpose): string {
  const csv = sample.csv ? csvProperties(sample.csv) : {};
  const columns = draftColumns(sample);
  const nameOf = (column: string) => columns.find(({ name }) => name === column)!.id;
  const candidates = sample.keys.map((names) => names.map(nameOf).join(',')).join(' or ');
  const noKey = `confirm: no key, so that what is delivered again stands twice; candidates: ${candidates || 'none'}`;
  const contract = {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id,
    version: '1.0.0',
    status: 'draft',
    description: { purpose: noted('', 'confirm: a sentence on what it holds; it becomes the comment of the tables') },
    servers: [
      { server: 'files', environment: 'local', type: 'local', path, format, ...csv },
      ...landings.map(({ environment, location }) => ({
        ...{ server: 'landing', environment, type: 's3', location, format, ...csv },
      })),
    ],
    schema: [
      {
        name: id,
        customProperties: [
          key.length > 0
            ? inline({ property: 'writeMode', value: 'merge' })
            : noted({ property: 'writeMode', value: 'append' }, noKey),
        ],
        quality: [inline({ type: 'library', metric: 'rowCount', mustBeGreaterThan: 0, severity: 'error' })],
        properties: columns.map((column) => property(column, sample.rows, key)),
      },
    ],
  };
  const document = new Document();
  document.contents = document.createNode(contract, { aliasDuplicateObjects: false }) as Node;
  document.commentBefore = [
    ` Drafted from ${rowsOf(sample)} of ${path.split('/').pop()}. A comment that begins with "confirm" tells of a guess: check it,`,
    ' and remove the comment. Schedule, freshness and volume (slaProperties) are left to add: docs/data-contracts.md.',
  ].join('\n');
  return document.toString({ lineWidth: 0 });
}

/** The sample's columns under names that a contract can have. */
export function draftColumns({ columns }: Sample): DraftColumn[] {
  const names = toColumnNames(columns.map(({ source }) => source));
  const folded = columns.map(({ source }) => source.toLowerCase());
  return columns.map((column, index) => ({
    ...column,
    id: names[index]!,
    isNamed: column.source !== '' && folded.indexOf(folded[index]!) === index,
  }));
}

/** How many rows were looked at, in words. */
export function rowsOf({ rows, isWhole }: Pick<Sample, 'rows' | 'isWhole'>): string {
  return `${isWhole ? 'all' : 'the first'} ${count(rows)} rows`;
}

/** What differs from what contracts mean without it. */
function csvProperties({ header, delimiter, quote, escape, encoding, nullValue }: CsvForm): object {
  const properties = [
    header ? [] : [noted({ property: 'header', value: false }, 'confirm: the first line looks like data')],
    delimiter === ',' ? [] : [inline({ property: 'delimiter', value: DELIMITERS[delimiter] ?? delimiter })],
    quote === '"' ? [] : [inline({ property: 'quote', value: quote })],
    escape === '"' ? [] : [inline({ property: 'escape', value: escape })],
    encoding === 'UTF-8' ? [] : [noted({ property: 'encoding', value: encoding }, 'confirm: it is not UTF-8')],
    nullValue === ''
      ? []
      : [noted({ property: 'nullValue', value: nullValue }, 'confirm: it stands among numbers, dates or booleans')],
  ].flat();
  return properties.length > 0 ? { customProperties: properties } : {};
}

function property(column: DraftColumn, rows: number, key: readonly string[]): object {
  const { id, source, isNamed, name, type, nulls } = column;
  const position = key.indexOf(name) + 1;
  return {
    name: isNamed ? id : noted(id, `confirm: the file says ${JSON.stringify(source)}, and must come to say this`),
    ...(isNamed && source !== id ? { physicalName: source } : {}),
    logicalType: LOGICAL_TYPES[type.replace(/\(.*/, '')] ?? type,
    physicalType: noted(type, typeComment(column, rows)),
    ...(position > 0 ? { primaryKey: true, primaryKeyPosition: position } : {}),
    ...(nulls === 0 ? { required: noted(true, `confirm: no null in ${count(rows)} rows`) } : {}),
    ...options(column),
  };
}

/** Why it is that type; undefined where there is nothing to doubt. */
function typeComment({ type, isGuess, note, nulls }: SampleColumn, rows: number): string | undefined {
  if (nulls === rows) return 'confirm: there is no value to tell its type from';
  if (note) return `confirm: ${note}`;
  return isGuess && type !== 'string' ? `confirm: all ${count(rows - nulls)} values are such` : undefined;
}

function options({ type, format, longest }: SampleColumn): object {
  if (format !== undefined) return { logicalTypeOptions: noted({ format }, 'confirm: guessed from the values') };
  const maxLength = LENGTHS.find((length) => length >= longest);
  if (type !== 'string' || longest === 0 || maxLength === undefined) return {};
  return { logicalTypeOptions: noted({ maxLength }, `confirm: the longest has ${count(longest)} characters`) };
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** A node of one line, with a comment at its end. */
function noted(value: unknown, comment: string | undefined): Node {
  const node = inline(value);
  if (comment !== undefined) node.comment = ` ${comment}`;
  return node;
}

function inline(value: unknown): Node {
  const node = new Document().createNode(value) as Node;
  if (isCollection(node)) node.flow = true;
  return node;
}
