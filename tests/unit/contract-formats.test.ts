import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { paths } from '../../local/paths';
import { formatProblem } from '../../modules/contract/formats';

const FORMATS = [
  ...[
    'yyyy-MM-dd',
    'dd.MM.yyyy',
    'd/M/yy',
    'dd MMM yyyy',
    'MMMM d, yyyy',
    'yyyyMMdd',
    "'day' yyyy-MM-dd",
    'uuuu-MM-dd',
  ],
  ...['dd.mm.yyyy', 'YYYY-MM-dd', 'yyyy-DD', 'dMyyyy', 'yyyyMd', 'yyyy-MM', 'dd-MM', 'yyyy-MM-dd-dd', 'yyy-MM-dd', ''],
  ...[
    'yyyy-MM-dd HH:mm:ss',
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    'yyyy-MM-dd hh:mm a',
    'yyyy-MM-dd HH:mm a',
    'yyyy-MM-dd hh:mm',
  ],
  ...[
    'yyyy-MM-dd mm',
    'yyyy-MM-dd HH:ss',
    'yyyy-MM-dd HH:mm.SSS',
    'yyyy-MM-dd XXX',
    'yyyy-MM-dd HH:mm:ss z',
    'EEE dd MMM yyyy',
  ],
  ...[
    'yyyy-MM-dd[ HH:mm]',
    'yyyy#MM#dd',
    "yyyy'MM-dd",
    'yyyy-MM-dd HH:mm:ss n',
    'yyyyMMddHHmmss',
    'yyyyMMddHms',
    'yyyyMMdHH',
  ],
  ...['yyyy-MM-dd HH', "dd''MM''yyyy", 'yyyy-MM-dd HH:mm:ssZ', 'yyyy-MM-dd HH:mm:ss SSSSSSSSSS', 'yyyy年MM月dd日'],
];

/** Whether the jobs take each format: formats by type, and what becomes of them. */
function takenByJobs(asked: [string, string][]): boolean[] {
  const script = `
import json, sys
from glue_etl.errors import DefinitionError
from glue_etl.reading.moments import parse
def is_taken(type, format):
    try:
        parse(type, format)
    except DefinitionError:
        return False
    return True
print(json.dumps([is_taken(*each) for each in json.loads(sys.argv[1])]))`;
  const env = { ...process.env, PYTHONPATH: path.join(paths.root, 'glue-jobs') };
  const args = ['-c', script, JSON.stringify(asked)];
  return JSON.parse(execFileSync(path.join(paths.venv, 'python'), args, { env, encoding: 'utf8' })) as boolean[];
}

test('contracts take the formats that the jobs take, and no others', () => {
  const asked = FORMATS.flatMap((format) => [['date', format] as const, ['timestamp', format] as const]);
  const taken = takenByJobs(asked.map((each) => [...each]));
  const wanted = asked.map(([type, format]) => formatProblem(type, format) === undefined);
  expect(asked.map((each, index) => [...each, wanted[index]])).toEqual(
    asked.map((each, index) => [...each, taken[index]]),
  );
  expect(new Set(taken).size).toBe(2);
});

test.each([
  ['dd.mm.yyyy', 'mm is minutes: write MM for months'],
  ['YYYY-MM-dd', 'Y is the year of a week: write yyyy'],
  ['dMyyyy', 'does not say where d ends and M begins'],
  ['MM/dd', 'has no year'],
])('of %s it is said: %s', (format, problem) => expect(formatProblem('date', format)).toBe(problem));
