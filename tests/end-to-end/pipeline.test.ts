import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { paths } from '../../local/paths';
import { commands, jobs } from '../delivery/workflows';
import { datasets, query, succeed } from './account';

const summary = path.join(paths.root, 'build', 'summary.md');

/** Runs the commands of a job of the pipeline, as its steps do on GitHub; those on a condition are of other environments. */
function run(job: string): void {
  const { steps = [] } = Object.fromEntries(jobs)[job]!;
  const unconditional = { steps: steps.filter((step) => step.if === undefined) };
  const environment = `ENVIRONMENT=local PIPELINE_DATASETS='${datasets}' GITHUB_STEP_SUMMARY='${summary}'`;
  for (const command of commands(unconditional)) succeed(`export ${environment}; ${command}`);
}

/** What there is of data set `planes`, to which the integration tests deliver. */
function planes() {
  const list = (bucket: string, prefix: string) =>
    succeed(`aws s3 ls --recursive s3://glue-etl-pipeline-local-${bucket}/${prefix}`)
      .split('\n')
      .map((line) => line.split(/\s+/).at(-1));
  const tables = ['curated.planes', 'processed.planes', 'processed.planes_quarantine'];
  const table = 'glue-etl-pipeline-local-job-bookmarks';
  const items = succeed(`aws dynamodb scan --table-name ${table} --query 'Items[].[pk.S, sk.S]' --output text`);
  return {
    rows: tables.map((name) => query(`SELECT count(*) AS rows FROM glue_etl_pipeline_local_${name}`)),
    objects: [list('source', 'planes/'), list('raw', ''), list('processed', 'quality/planes/')],
    ledger: items
      .split('\n')
      .filter((line) => line.startsWith('planes#'))
      .sort(),
  };
}

describe("the pipeline's commands", () => {
  test('plan, and apply that plan', () => {
    rmSync(summary, { force: true });
    run('plan: plan');
    expect(readFileSync(summary, 'utf8')).toMatch(/local/);
    run('release: deploy');
  });

  test('test what was deployed, and leave nothing behind', () => {
    const before = planes();
    run('release: test');
    run('release: cleanup');
    expect(planes()).toEqual(before);
  });
});
