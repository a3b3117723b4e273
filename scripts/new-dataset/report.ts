import Table from 'cli-table3';
import { draftColumns, rowsOf, type DraftColumn } from './draft';
import type { Question, Sample } from './sample';

/** What was asked of a sample, and where it lies from the contract's folder. */
type Asked = Pick<Question, 'file' | 'encoding' | 'key'> & { readonly place: string };

/** What was found in the sample, for whoever is to confirm it. */
export function summary(sample: Sample, { file, place, encoding, key }: Asked): string {
  const columns = draftColumns(sample);
  const table = new Table({
    head: ['column', 'type', 'nulls', 'longest'],
    colAligns: ['left', 'left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { id, type, format, nulls, longest } of columns) {
    table.push([id, format ? `${type} (${format})` : type, nulls, type === 'string' ? longest : '']);
  }
  const candidates = sample.keys.map((names) => names.join(',')).join(' or ');
  const nullKeys = columns.filter(({ name, nulls }) => key.includes(name) && nulls > 0);
  const remarks = [
    sample.csv?.encoding === 'windows-1252' && encoding === null
      ? 'It is not UTF-8. It was read as windows-1252; if letters come out wrong, --encoding gives another one.'
      : [],
    nullKeys.map(({ id, nulls }) => `${id} is null in ${nulls} rows. It is part of the key, so they go to quarantine.`),
    key.length === 0 && candidates !== ''
      ? `What could be the key: ${candidates}. Give it as --primary-key, or state it in the draft.`
      : [],
    sample.duplicates > 0
      ? `${sample.duplicates} rows have a key that an earlier one has. Of each key one row stays: see writeMode, orderBy.`
      : [],
    place.startsWith('..')
      ? 'It lies outside of the folder of contracts: the contract runs where the file is, and nowhere else.'
      : [],
    renamings(columns),
  ].flat();
  return [`${file}: guessed from ${rowsOf(sample)}`, table.toString(), ...remarks].join('\n');
}

/** Columns that cannot be told by their names in the file. */
function renamings(columns: readonly DraftColumn[]): string[] {
  const renamed = columns.filter(({ isNamed }) => !isNamed);
  const names = renamed.map(({ id, source }) => `${JSON.stringify(source)} as ${id}`).join(', ');
  return names ? [`Columns need a name of their own, in whatever case. Have the file name ${names}.`] : [];
}

/** What to do with a draft. */
export function nextSteps(id: string, target: string, datasets: string): string {
  const option = datasets === 'datasets' ? '' : ` --datasets ${datasets}`;
  const steps = [
    [`$EDITOR ${target}`, 'check what says "confirm"'],
    [`npm run check -- ${target} --watch`, 'see what each change makes of the sample'],
    [`npm start -- --keep${option}`, 'run it, on this machine'],
    [`npm run sql -- "SELECT * FROM ${id} LIMIT 5"`, 'see its rows'],
  ];
  const width = Math.max(...steps.map(([command]) => command!.length));
  return ['Next:', ...steps.map(([command, does]) => `  ${command!.padEnd(width)}   # ${does}`)].join('\n');
}
