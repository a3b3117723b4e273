import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { environmentNames, loadEnvironment } from '../environments';
import { onlyRegionOf } from '../environments/second-region';
import type { Environment } from '../environments/schema';
import { Naming, REPLICATED, REPLICATION_RULE, SECOND_REGION } from '../modules/naming';

const FILE = path.resolve(__dirname, '../environments/names.json');

/** What the commands of operators call by name: they run where there is no Node, such as in CloudShell during an outage. */
function namesOf(environment: Environment) {
  const naming = new Naming(environment.name);
  return {
    /** `null` where any Region may be chosen. */
    region: onlyRegionOf(environment) ?? null,
    /** The environments that are the second and the first Region of this one. */
    second: environment.disasterRecovery ? `${environment.name}${SECOND_REGION}` : null,
    first: environment.standby?.of ?? null,
    prefix: naming.prefix,
    buckets: Object.fromEntries(REPLICATED.map((purpose) => [purpose, naming.bucket(purpose)])),
    scripts: naming.bucket('scripts'),
    databases: { processed: naming.database('processed'), curated: naming.database('curated') },
    tables: { 'job-state': naming.jobStateTable, 'job-bookmarks': naming.jobBookmarksTable },
    /** These three begin a name. */
    ingest: naming.job('ingest', ''),
    schedule: naming.rule('schedule-'),
    workflow: naming.workflow(''),
    clocks: ['watch', 'daily-summary'].map((purpose) => naming.rule(purpose)),
    silence: naming.resource('monitoring-silent'),
    key: naming.alias('data'),
    rule: REPLICATION_RULE,
  };
}

/** Text of environments/names.json. */
export function namesFile(): string {
  // One shell's rehearsal is no environment of everybody's.
  delete process.env.PIPELINE_SECOND_REGION;
  const names = environmentNames().map((name) => [name, namesOf(loadEnvironment(name))]);
  return `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`;
}

/** @throws Error that says what to do if the file does not say what modules/naming.ts and environments/ do */
export function checkNames(): void {
  if (readFileSync(FILE, 'utf8') !== namesFile())
    throw new Error('environments/names.json is not current: run `npm run names`, and commit it');
}

if (require.main === module) writeFileSync(FILE, namesFile());
