import { commands, jobs } from '../delivery/workflows';
import { query, succeed } from './account';

const steps = (name: string) =>
  commands(Object.fromEntries(jobs)[name]!).map((command) => `ENVIRONMENT=local ${command}`);

/** What there is of data set `planes`, to which the integration tests deliver. */
function planes() {
  const list = (bucket: string, prefix: string) =>
    succeed(`aws s3 ls --recursive s3://glue-etl-pipeline-local-${bucket}/${prefix}`)
      .split('\n')
      .map((line) => line.split(/\s+/).at(-1));
  const tables = ['curated.planes', 'processed.planes', 'processed.planes_quarantine'];
  const items = succeed(
    `aws dynamodb scan --table-name glue-etl-pipeline-local-job-bookmarks --query 'Items[].[pk.S, sk.S]' --output text`,
  );
  return {
    rows: tables.map((table) => query(`SELECT count(*) AS rows FROM glue_etl_pipeline_local_${table}`)),
    objects: [list('source', 'planes/'), list('raw', ''), list('processed', 'quality/planes/')],
    ledger: items
      .split('\n')
      .filter((line) => line.startsWith('planes#'))
      .sort(),
  };
}

test("the pipeline's commands test what was deployed, and leave nothing behind", () => {
  const before = planes();
  for (const command of [...steps('release: test'), ...steps('release: cleanup')]) succeed(command);
  expect(planes()).toEqual(before);
});
