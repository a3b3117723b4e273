import Table from 'cli-table3';

/** What process and validate have made of a data set's files; see check.py. */
export interface CheckResult {
  /** Why they could not be run. */
  error?: string;
  counts: Record<'read' | 'good' | 'quarantined' | 'duplicates' | 'files_quarantined', number>;
  /** Why files stop the batch. */
  stopped: string[];
  reasons: { reason: string; rows: number; examples: { file: string; text: string | null }[] }[];
  rules: { rule: string; severity: string; passed: boolean; reason: string | null; metrics: Record<string, number> }[];
  /** Names and types of the table's columns. */
  columns: [string, string][];
}

const PLAIN = { style: { head: [], border: [], compact: true }, wordWrap: true, wrapOnWordBoundary: false };
const WIDTH = 79;
const number = (value: number) => value.toLocaleString('en-US');

/** Whether a promise of the contract does not hold: nothing of the batch would be published, or not all of its files. */
export function isBroken({ error, counts, stopped, rules }: CheckResult): boolean {
  if (error !== undefined) return true;
  const isStopped = stopped.length > 0 || rules.some(({ severity, passed }) => severity === 'error' && !passed);
  return isStopped || counts.files_quarantined > 0 || (counts.read > 0 && counts.good === 0);
}

/** A result as text for a terminal of 80 columns. */
export function renderCheck(name: string, result: CheckResult): string {
  const mark = isBroken(result) ? '✗' : '✓';
  if (result.error !== undefined) return `${mark} ${name}: ${result.error}; build/check.log says more`;
  const { counts, stopped } = result;
  const shown = ['read', 'good', 'quarantined', 'duplicates'] as const;
  const headline = `${mark} ${name}: ${shown.map((count) => `${number(counts[count])} ${count}`).join(', ')}`;
  const parts = [headline, ...stopped.map((reason) => `  stopped: ${reason}`)];
  return [...parts, reasonsOf(result), rulesOf(result), columnsOf(result)].filter(Boolean).join('\n');
}

function reasonsOf({ reasons }: CheckResult): string {
  if (reasons.length === 0) return '';
  const table = new Table({ ...PLAIN, head: ['quarantined for', 'rows', 'such as'], colWidths: [28, 9, 39] });
  for (const { reason, rows, examples } of reasons)
    table.push([reason, number(rows), examples.map(({ file, text }) => `${file}: ${text ?? 'the file'}`).join('\n')]);
  return table.toString();
}

function rulesOf({ rules }: CheckResult): string {
  if (rules.length === 0) return '';
  const table = new Table({ ...PLAIN, head: ['', 'rule', 'measured'], colWidths: [9, 44, 23] });
  for (const { rule, severity, passed, reason, metrics } of rules) {
    const measured = Object.values(metrics).map((value) => value.toLocaleString('en-US', { maximumFractionDigits: 6 }));
    table.push([passed ? '✓' : severity, rule, measured.join(', ') || (reason ?? '')]);
  }
  return table.toString();
}

/** The table's columns, in lines of 80 characters. */
function columnsOf({ columns }: CheckResult): string {
  const lines = [''];
  columns.forEach(([column, type], index) => {
    const text = ` ${column} ${type}${index < columns.length - 1 ? ',' : ''}`;
    if (lines.at(-1)!.length + text.length > WIDTH) lines.push('');
    lines.push(lines.pop()! + text);
  });
  return lines.map((line) => ` ${line}`).join('\n');
}
