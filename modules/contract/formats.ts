/** Kinds of parts that a format has, by the letters that stand for them, of Java's DateTimeFormatter; see docs/values.md. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ yyyy: 'year', uuuu: 'year', yy: 'year', uu: 'year' },
  ...{ MM: 'month', M: 'month', MMM: 'month', MMMM: 'month', dd: 'day', d: 'day' },
  ...{ HH: 'hour', H: 'hour', hh: 'half', h: 'half', a: 'noon', mm: 'minute', m: 'minute', ss: 'second', s: 'second' },
  ...Object.fromEntries(Array.from({ length: 9 }, (_, digits) => ['S'.repeat(digits + 1), 'fraction'])),
  ...Object.fromEntries(['X', 'XX', 'XXX', 'x', 'xx', 'xxx', 'Z'].map((letters) => [letters, 'zone'])),
};
const HINTS: Readonly<Record<string, string>> = {
  Y: 'Y is the year of a week: write yyyy',
  D: 'D is the day of the year: write dd',
  w: 'w is a week',
  n: 'n is a nanosecond: write S for each digit of the fraction',
  z: 'names of zones are ambiguous: write XXX',
  V: 'names of zones are not supported: write XXX',
  E: 'names of weekdays may contradict the date',
};
const OF_A_DATE = ['year', 'month', 'day'];
const NEEDS = { minute: 'hour', second: 'minute', fraction: 'second', zone: 'hour' } as const;
/** Takes one digit or two: another number next to it would leave open where it ends. */
const isOpen = (letters: string) => /^[MdHhms]$/.test(letters);
const isNumber = (letters: string) => !/^(MMM|a|X|x|Z)/.test(letters);

/**
 * Why a format cannot be used for values of a type. The jobs take the same ones (`glue_etl/reading/moments.py`), and would fail.
 *
 * @returns undefined if it can be used
 */
export function formatProblem(type: 'date' | 'timestamp', format: string): string | undefined {
  const kinds: string[] = [];
  let before = '';
  for (const [part] of format.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z]/g)) {
    if (!/^[A-Za-z]/.test(part)) {
      if (part.length === 1 && "[]{}#'".includes(part)) return `${part} is not supported`;
      before = '';
      continue;
    }
    const kind = Object.hasOwn(KINDS, part) ? KINDS[part]! : undefined;
    if (kind === undefined) return HINTS[part[0]!] ?? `${part} is not supported: see docs/values.md`;
    if (type === 'date' && !OF_A_DATE.includes(kind))
      return kind === 'minute' ? 'mm is minutes: write MM for months' : `${part} is no part of a date`;
    if (kinds.includes(kind)) return `has two parts for the ${kind}`;
    if (before && isNumber(before) && isNumber(part) && (isOpen(before) || isOpen(part)))
      return `does not say where ${before} ends and ${part} begins`;
    kinds.push(kind);
    before = part;
  }
  return incomplete(kinds);
}

function incomplete(kinds: readonly string[]): string | undefined {
  const missing = OF_A_DATE.filter((kind) => !kinds.includes(kind));
  const hint = kinds.includes('minute') && missing.includes('month') ? '; mm is minutes: write MM for months' : '';
  if (missing.length > 0) return `has no ${missing.join(', ')}${hint}`;
  const isHalf = kinds.includes('half');
  if (isHalf !== kinds.includes('noon') || (isHalf && kinds.includes('hour')))
    return 'must have either HH, or hh with a (AM, PM)';
  const known = kinds.map((kind) => (kind === 'half' ? 'hour' : kind));
  const lacking = Object.entries(NEEDS).find(([kind, needed]) => known.includes(kind) && !known.includes(needed));
  return lacking && `has the ${lacking[0]} without the ${lacking[1]}`;
}
