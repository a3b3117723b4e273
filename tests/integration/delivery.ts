/** Columns of a file of planes. */
const HEADER = 'tailnum,year,type,manufacturer,model,engines,seats,speed,engine';
const GOOD_ROWS = 20;

/** Registrations in the United States begin with N, so that no row replaces one that is not of a test. */
const tailnum = (number: number) => `ZT${String(number).padStart(4, '0')}`;

function plane(
  number: number,
  changes: Partial<Record<'tailnum' | 'type' | 'model' | 'engines', string>> = {},
): string {
  const row = { tailnum: tailnum(number), type: 'Fixed wing multi engine', model: 'T-1', engines: '2', ...changes };
  return [row.tailnum, 2004, row.type, 'TESTER', row.model, row.engines, 55, 'NA', 'Turbo-fan'].join(',');
}

/** A file whose rows have every fate that a row may have. */
export const mixed = {
  content: [
    HEADER,
    ...Array.from({ length: GOOD_ROWS - 1 }, (_, number) => plane(number)),
    plane(GOOD_ROWS - 1, { type: 'Airship' }), // breaks a rule of severity warning
    plane(0), // a duplicate
    plane(100, { engines: 'many' }),
    plane(101, { engines: '99' }),
    plane(102, { model: '' }),
    plane(103, { tailnum: 'zt-1' }),
    plane(104).split(',').slice(0, 4).join(','),
    '',
  ].join('\n'),
  counts: { read: GOOD_ROWS + 6, good: GOOD_ROWS, quarantined: 5, duplicates: 1 },
  /** The columns for which rows are rejected. */
  rejectedFor: ['engines', 'model', 'row', 'tailnum'],
};

/** A file without rows, which breaks a rule of severity error. */
export const empty = { content: `${HEADER}\n` };
