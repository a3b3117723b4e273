/** Rules that both Glue Data Quality and Deequ evaluate, on the data of the batch alone. */
const RULE_TYPES = [
  ...['ColumnCorrelation', 'ColumnCount', 'ColumnDataType', 'ColumnExists', 'ColumnLength', 'ColumnNamesMatchPattern'],
  ...['ColumnValues', 'Completeness', 'CustomSql', 'DataFreshness', 'DistinctValuesCount', 'Entropy', 'IsComplete'],
  ...['IsPrimaryKey', 'IsUnique', 'Mean', 'RowCount', 'StandardDeviation', 'Sum', 'UniqueValueRatio', 'Uniqueness'],
];

/** The single rules of `Rules = [ …, … ]`. */
export function splitRules(ruleset: string, report: (rule: string, value: string) => void): string[] {
  const tokens = tokenize(ruleset);
  const list = /^Rules\s*=\s*\[([\s\S]*)\]$/.exec(tokens.join('').trim())?.[1];
  const rules = list === undefined ? undefined : splitList(tokenize(list));
  if (rules === undefined) {
    report('must have the form Rules = [ <rule>, … ]', ruleset);
    return [];
  }
  const isKnown = (rule: string) => RULE_TYPES.includes(/^[\s(]*(\w*)/.exec(rule)?.[1] ?? '');
  rules
    .filter((rule) => !isKnown(rule))
    .forEach((rule) => report(`must have rules of types ${RULE_TYPES.join(', ')}`, rule));
  return rules;
}

/** Strings as a whole and every other character by itself; comments are gone. */
function tokenize(text: string): string[] {
  return (text.match(/"(?:\\.|[^"\\])*"|#[^\n]*|[\s\S]/g) ?? []).filter((token) => !token.startsWith('#'));
}

/** Splits at the commas outside of brackets; undefined if the brackets do not match. */
function splitList(tokens: readonly string[]): string[] | undefined {
  const closing: Record<string, string> = { '(': ')', '[': ']' };
  const open: string[] = [];
  const rules = [''];
  for (const token of tokens) {
    if (closing[token] !== undefined) open.push(closing[token]);
    else if (token === ')' || token === ']') if (open.pop() !== token) return undefined;
    if (token === ',' && open.length === 0) rules.push('');
    else rules[rules.length - 1] += token;
  }
  return open.length > 0 ? undefined : rules.map((rule) => rule.trim().replace(/\s*\n\s*/g, ' ')).filter(Boolean);
}
