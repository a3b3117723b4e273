const LONGEST = 64;

/** The nearest to a text that may name a data set or a column; it begins with `prefix` if the text has no letter to begin with. */
export function toName(text: string, prefix: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const name = /^[a-z]/.test(plain) ? plain : [prefix, plain].filter(Boolean).join('_');
  return name.slice(0, LONGEST);
}

/** Names of columns, none of which comes twice. */
export function toColumnNames(texts: readonly string[]): string[] {
  const taken = new Set<string>();
  return texts.map((text) => {
    const name = toName(text, 'column');
    const candidates = [name, ...texts.map((_, index) => `${name.slice(0, LONGEST - 5)}_${index + 2}`)];
    const free = candidates.find((candidate) => !taken.has(candidate))!;
    taken.add(free);
    return free;
  });
}
