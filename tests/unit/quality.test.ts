import { loadOne, minimal, problemsOf, type Draft } from './contract-files';

const ZERO = { mustBe: 0 };

function rules(change: (contract: Draft) => void): string[] {
  return loadOne(change).rules.map(({ dqdl }) => dqdl);
}

function ofTable(check: Draft) {
  return (contract: Draft) => (contract.schema[0].quality = [check]);
}

function ofColumn(check: Draft) {
  return (contract: Draft) => (contract.schema[0].properties[0].quality = [check]);
}

describe('checks of a table', () => {
  test.each([
    [{ metric: 'rowCount', mustBe: 5 }, 'RowCount = 5'],
    [{ metric: 'rowCount', mustNotBe: 5 }, 'RowCount != 5'],
    [{ metric: 'rowCount', mustBeGreaterThan: 0 }, 'RowCount > 0'],
    [{ metric: 'rowCount', mustBeGreaterOrEqualTo: 1 }, 'RowCount >= 1'],
    [{ metric: 'rowCount', mustBeLessThan: 1e6 }, 'RowCount < 1000000'],
    [{ metric: 'rowCount', mustBeLessOrEqualTo: 9 }, 'RowCount <= 9'],
    [{ metric: 'rowCount', mustBeBetween: [1, 9] }, '(RowCount >= 1) and (RowCount <= 9)'],
    [{ metric: 'rowCount', mustNotBeBetween: [1, 9] }, '(RowCount < 1) or (RowCount > 9)'],
    [{ metric: 'duplicateValues', ...ZERO, arguments: { properties: ['amount'] } }, 'IsUnique "amount"'],
    [
      { metric: 'duplicateValues', ...ZERO, arguments: { properties: ['amount', 'amount'] } },
      'CustomSql "select count(`amount`, `amount`) - count(distinct `amount`, `amount`) from primary" = 0',
    ],
  ])('%j becomes %s', (check, expected) => {
    expect(rules(ofTable({ type: 'library', ...check }))).toEqual([expected]);
  });
});

describe('checks of a column', () => {
  test.each([
    [{ metric: 'nullValues', ...ZERO }, 'IsComplete "amount"'],
    [{ metric: 'nullValues', ...ZERO, unit: 'percent' }, 'IsComplete "amount"'],
    [{ metric: 'nullValues', mustBeLessThan: 5, unit: 'percent' }, 'Completeness "amount" > 0.95'],
    [{ metric: 'nullValues', mustBeLessOrEqualTo: 0.1, unit: 'percent' }, 'Completeness "amount" >= 0.999'],
    [
      { metric: 'nullValues', mustBeBetween: [10, 20], unit: 'percent' },
      '(Completeness "amount" >= 0.8) and (Completeness "amount" <= 0.9)',
    ],
    [{ metric: 'nullValues', mustBeLessThan: 5 }, 'CustomSql "select count_if(`amount` is null) from primary" < 5'],
    [
      { metric: 'missingValues', mustBeLessThan: 5, arguments: { missingValues: [null, 'N/A', "it's"] } },
      `CustomSql "select count_if(\`amount\` is null or cast(\`amount\` as string) in ('N/A', 'it\\'s')) from primary" < 5`,
    ],
    [
      { metric: 'invalidValues', mustBeLessThan: 1, unit: 'percent', arguments: { validValues: ['a', 7] } },
      "CustomSql \"select coalesce(avg(if(cast(`amount` as string) not in ('a', '7'), 100, 0)), 0) from primary\" < 1",
    ],
    [
      { metric: 'invalidValues', ...ZERO, arguments: { pattern: '^\\d+$' } },
      'ColumnValues "amount" matches "^\\d+$" where "amount is not null"',
    ],
    [{ metric: 'duplicateValues', ...ZERO }, 'IsUnique "amount"'],
    [
      { metric: 'duplicateValues', mustBeLessThan: 1, unit: 'percent' },
      'CustomSql "select coalesce(100 * (count(`amount`) - count(distinct `amount`)) / count(`amount`), 0) from primary" < 1',
    ],
  ])('%j becomes %s', (check, expected) => {
    expect(rules(ofColumn(check))).toEqual([expected]);
  });

  test('that is unique gets a rule', () => {
    expect(rules((contract) => (contract.schema[0].properties[0].unique = true))).toEqual(['IsUnique "amount"']);
  });
});

test('a check is an error, unless it says that it is a warning; a text is for people', () => {
  const dataset = loadOne((contract) => {
    contract.schema[0].quality = [
      { metric: 'rowCount', mustBeGreaterThan: 0 },
      { type: 'library', metric: 'rowCount', mustBeGreaterThan: 9, severity: 'warning' },
      { type: 'text', description: 'Looks right' },
    ];
  });
  expect(dataset.rules).toEqual([
    { dqdl: 'RowCount > 0', severity: 'error' },
    { dqdl: 'RowCount > 9', severity: 'warning' },
  ]);
});

describe('DQDL of a custom check', () => {
  const custom = (implementation: string) => ofTable({ type: 'custom', engine: 'glueDataQuality', implementation });

  test.each([
    ['Rules = [ RowCount > 0 ]', ['RowCount > 0']],
    ['Rules = []', []],
    ['Rules = [ RowCount > 0, IsComplete "a", ]', ['RowCount > 0', 'IsComplete "a"']],
    ['Rules=[ColumnValues "a" in ["x, y", "]"], IsUnique "a"]', ['ColumnValues "a" in ["x, y", "]"]', 'IsUnique "a"']],
    ['Rules = [ ColumnValues "a" matches "\\"," ]', ['ColumnValues "a" matches "\\","']],
    [
      'Rules = [\n  # not, a rule\n  (RowCount > 0) and\n    (IsUnique "a")\n]\n',
      ['(RowCount > 0) and (IsUnique "a")'],
    ],
  ])('%s has the rules %j', (implementation, expected) => {
    expect(rules(custom(implementation))).toEqual(expected);
  });

  test.each([
    ['RowCount > 0', 'must have the form Rules = [ <rule>, … ], got: "RowCount > 0"'],
    ['Rules = [ ColumnValues "a" in [1, 2 ]', 'must have the form Rules = [ <rule>, … ]'],
    ['Rules = [ IsNice "a" ]', 'must have rules of types ColumnCorrelation, ColumnCount,'],
  ])('%s is refused', (implementation, expected) => {
    const contract = minimal();
    custom(implementation)(contract);
    expect(problemsOf({ 'orders.odcs.yaml': contract })).toEqual([
      expect.stringContaining(`orders.odcs.yaml: schema[0].quality[0].implementation: ${expected}`),
    ]);
  });
});

describe('a check that cannot be compiled is refused', () => {
  test.each([
    [ofTable({ type: 'sql', query: 'select 1', mustBe: 1 }), 'quality[0].type: must be one of library, custom, text'],
    [ofTable({ metric: 'freshness', mustBe: 1 }), 'quality[0].metric: must be one of rowCount, nullValues, missing'],
    [ofTable({ metric: 'rowCount' }), 'quality[0]: must have one of mustBe, mustNotBe,'],
    [ofTable({ metric: 'rowCount', mustBe: 1, mustNotBe: 2 }), 'quality[0]: must have one of mustBe, mustNotBe,'],
    [ofTable({ metric: 'rowCount', mustBe: '1' }), 'quality[0].mustBe: must be of type number, got: "1"'],
    [ofTable({ metric: 'rowCount', mustBe: 1, unit: 'percent' }), 'quality[0].unit: must be rows, got: "percent"'],
    [ofTable({ metric: 'rowCount', mustBeBetween: [2, 1] }), 'quality[0].mustBeBetween: must have the smaller number'],
    [ofTable({ metric: 'rowCount', ...ZERO, severity: 'info' }), 'quality[0].severity: must be one of error, warning'],
    [ofTable({ metric: 'nullValues', ...ZERO }), 'quality[0].metric: must be one of rowCount, duplicateValues here'],
    [ofColumn({ metric: 'rowCount', ...ZERO }), 'properties[0].quality[0].metric: must be one of nullValues, missingV'],
    [ofTable({ metric: 'duplicateValues', ...ZERO }), 'quality[0].arguments.properties: is missing; must list columns'],
    [
      ofTable({ metric: 'duplicateValues', ...ZERO, arguments: { properties: ['x'] } }),
      'quality[0].arguments.properties: must be columns, of amount, got: ["x"]',
    ],
    [ofColumn({ metric: 'missingValues', ...ZERO }), 'properties[0].quality[0].arguments: is missing; must be of type'],
    [
      ofColumn({ metric: 'invalidValues', ...ZERO, arguments: {} }),
      'properties[0].quality[0].arguments: must have one of validValues, pattern',
    ],
    [
      ofColumn({ metric: 'invalidValues', mustBeLessThan: 3, arguments: { pattern: 'x' } }),
      'properties[0].quality[0].arguments.pattern: can be checked with mustBe: 0 only',
    ],
    [
      ofTable({ type: 'custom', engine: 'soda', implementation: '' }),
      'quality[0].engine: must be glueDataQuality, got: "soda"',
    ],
  ])('%#', (change, expected) => {
    const contract = minimal();
    change(contract);
    const problems = problemsOf({ 'orders.odcs.yaml': contract });
    expect(problems).toContainEqual(expect.stringContaining(`orders.odcs.yaml: schema[0].${expected}`));
  });
});
