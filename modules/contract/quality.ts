import type { QualityRule } from './data-set';
import { splitRules } from './dqdl';
import type { Path, Report } from './errors';
import { OPERATORS, type Check, type LibraryCheck, type Operator } from './quality-schema';
import type { Table } from './schema';

/**
 * DQDL rules for all checks of a table and its columns. Rules that Deequ answers in one common pass over the data are
 * preferred; a count for which DQDL has no rule becomes a query of its own.
 */
export function compileRules(table: Table, path: Path, report: Report): QualityRule[] {
  const columns = table.properties.map(({ name }) => name);
  const compile = (checks: readonly Check[], at: Path, column: string | null): QualityRule[] =>
    checks.flatMap((check, index) => compileCheck(check, { column, columns, path: [...at, 'quality', index], report }));
  return [
    ...compile(table.quality, path, null),
    ...table.properties.flatMap(({ name, unique, quality }, index) => [
      ...(unique ? [{ dqdl: `IsUnique "${name}"`, severity: 'error' } as const] : []),
      ...compile(quality, [...path, 'properties', index], name),
    ]),
  ];
}

interface Place {
  /** The column that the check belongs to; null for one of the table. */
  readonly column: string | null;
  readonly columns: readonly string[];
  readonly path: Path;
  readonly report: Report;
}

function compileCheck(check: Check, place: Place): QualityRule[] {
  const rules = (dqdl: readonly string[]) => dqdl.map((rule) => ({ dqdl: rule, severity: check.severity }));
  switch (check.type) {
    case 'text':
      return [];
    case 'custom':
      return rules(
        splitRules(check.implementation, (rule, value) => place.report([...place.path, 'implementation'], rule, value)),
      );
    case 'library':
      return rules(compileMetric(check, place));
  }
}

function compileMetric(check: LibraryCheck, place: Place): string[] {
  const { column } = place;
  if (check.metric === 'duplicateValues') return compileDuplicates(check, place);
  if ((check.metric === 'rowCount') !== (column === null)) {
    const allowed =
      column === null ? 'rowCount, duplicateValues' : 'nullValues, missingValues, invalidValues, duplicateValues';
    place.report([...place.path, 'metric'], `must be one of ${allowed} here`, check.metric);
    return [];
  }
  const { operator, limit } = comparison(check);
  const none = operator === 'mustBe' && limit === 0;
  switch (check.metric) {
    case 'rowCount':
      return [compare('RowCount', operator, limit)];
    case 'nullValues':
      if (none) return [`IsComplete "${column}"`];
      if (check.unit === 'percent') return [compareCompleteness(`Completeness "${column}"`, operator, limit)];
      return [compare(count(`\`${column}\` is null`, check.unit), operator, limit)];
    case 'missingValues': {
      const texts = check.arguments.missingValues.filter((value) => value !== null).map(sqlText);
      const isNull = check.arguments.missingValues.includes(null) ? [`\`${column}\` is null`] : [];
      const isText = texts.length > 0 ? [`cast(\`${column}\` as string) in (${texts.join(', ')})`] : [];
      return [compare(count([...isNull, ...isText].join(' or '), check.unit), operator, limit)];
    }
    case 'invalidValues': {
      const { validValues, pattern } = check.arguments;
      if (validValues !== undefined) {
        const allowed = validValues.map((value) => sqlText(String(value))).join(', ');
        return [compare(count(`cast(\`${column}\` as string) not in (${allowed})`, check.unit), operator, limit)];
      }
      if (none) return [`ColumnValues "${column}" matches ${quote(pattern ?? '')} where "${column} is not null"`];
      place.report([...place.path, 'arguments', 'pattern'], 'can be checked with mustBe: 0 only');
      return [];
    }
  }
}

function compileDuplicates(check: Extract<LibraryCheck, { metric: 'duplicateValues' }>, place: Place): string[] {
  const at = [...place.path, 'arguments', 'properties'];
  const named = check.arguments?.properties;
  if ((named === undefined) === (place.column === null)) {
    place.report(at, place.column === null ? 'is missing; must list columns' : 'must be left out: it is the column');
    return [];
  }
  const columns = named ?? [place.column ?? ''];
  const unknown = columns.filter((column) => !place.columns.includes(column));
  if (unknown.length > 0) {
    place.report(at, `must be columns, of ${place.columns.join(', ')}`, unknown);
    return [];
  }
  const { operator, limit } = comparison(check);
  if (operator === 'mustBe' && limit === 0 && columns.length === 1) return [`IsUnique "${columns[0]}"`];
  const list = columns.map((column) => `\`${column}\``).join(', ');
  const duplicates = `count(${list}) - count(distinct ${list})`;
  const value = check.unit === 'rows' ? duplicates : `coalesce(100 * (${duplicates}) / count(${list}), 0)`;
  return [compare(`CustomSql ${quote(`select ${value} from primary`)}`, operator, limit)];
}

type Limit = number | [number, number];

function comparison(check: LibraryCheck): { operator: Operator; limit: Limit } {
  const operator = OPERATORS.find((candidate) => candidate in check) as Operator;
  return { operator, limit: check[operator] as Limit };
}

/** Measures the rows for which a condition holds. DQDL's own name for the data is `primary`. */
function count(condition: string, unit: 'rows' | 'percent'): string {
  const value = unit === 'rows' ? `count_if(${condition})` : `coalesce(avg(if(${condition}, 100, 0)), 0)`;
  return `CustomSql ${quote(`select ${value} from primary`)}`;
}

const SIGNS: Record<Exclude<Operator, 'mustBeBetween' | 'mustNotBeBetween'>, string> = {
  mustBe: '=',
  mustNotBe: '!=',
  mustBeGreaterThan: '>',
  mustBeGreaterOrEqualTo: '>=',
  mustBeLessThan: '<',
  mustBeLessOrEqualTo: '<=',
};

/** The standard's bounds belong to the range, those of DQDL's own `between` do not. */
function compare(measure: string, operator: Operator, limit: Limit): string {
  if (operator !== 'mustBeBetween' && operator !== 'mustNotBeBetween') {
    return `${measure} ${SIGNS[operator]} ${decimal(limit as number)}`;
  }
  const [low, high] = (limit as [number, number]).map(decimal);
  return operator === 'mustBeBetween'
    ? `(${measure} >= ${low}) and (${measure} <= ${high})`
    : `(${measure} < ${low}) or (${measure} > ${high})`;
}

const MIRRORED: Partial<Record<Operator, Operator>> = {
  mustBeGreaterThan: 'mustBeLessThan',
  mustBeGreaterOrEqualTo: 'mustBeLessOrEqualTo',
  mustBeLessThan: 'mustBeGreaterThan',
  mustBeLessOrEqualTo: 'mustBeGreaterOrEqualTo',
};

/** A limit to the percentage of nulls, as one to the fraction of values. */
function compareCompleteness(measure: string, operator: Operator, limit: Limit): string {
  const complete = (percent: number) => 1 - percent / 100;
  const mirrored = Array.isArray(limit) ? ([complete(limit[1]), complete(limit[0])] as Limit) : complete(limit);
  return compare(measure, MIRRORED[operator] ?? operator, mirrored);
}

/** DQDL knows no exponents. */
function decimal(value: number): string {
  return value.toFixed(10).replace(/\.?0+$/, '');
}

function sqlText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}
