import { readFileSync } from 'node:fs';
import path from 'node:path';
import { paths } from '../../local/paths';
import { Naming } from '../../modules/naming';
import { runJob, shell, succeed } from './account';

const naming = new Naming('local');
const DATASET = 'airlines';
const WORKFLOW = naming.workflow(DATASET);
const BATCHES = `npm run --silent batches -- list --environment local --dataset ${DATASET}`;

interface Section {
  readonly heading: string;
  /** Lines of its blocks of commands, in order: what one sets, a later one may use. */
  readonly commands: readonly string[];
}

function sectionsOf(document: string): Section[] {
  const text = readFileSync(path.join(paths.root, 'docs', document), 'utf8');
  return text.split(/^(?=## )/m).map((section) => ({
    heading: /^#+ (.*)/.exec(section)![1]!,
    commands: [...section.matchAll(/^ *```bash\n(.*?)^ *```/gms)].flatMap(([, block]) =>
      block!
        .replaceAll(/\\\n\s*/g, ' ')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#')),
    ),
  }));
}

const sections = sectionsOf('runbook.md').filter(({ commands }) => commands.length > 0);
/** Those of the operations guide that work on what is deployed; how to deploy is the business of other tests. */
const operating = sectionsOf('operations-guide.md')
  .flatMap(({ commands }) => commands)
  .filter((command) => /^(aws (?!configure)|npm run batches)/.test(command));
const restored = `${naming.jobStateTable}-restored`;

/** What stands for names in the commands. */
const names: Record<string, string> = {
  env: 'local',
  dataset: DATASET,
  'job-name': naming.job('process', DATASET),
  // Of a copy to another Region, which is not there: the answer has no values.
  from: naming.bucket('raw'),
  to: naming.second.bucket('raw'),
};

/** A batch that broke a rule; makes one if there is none. */
function rejectedBatch(): string {
  const find = () => /^(\S+) .* REJECTED/m.exec(succeed(BATCHES))?.[1];
  const found = find();
  if (found) return found;
  succeed(`printf 'carrier,name\\n' | aws s3 cp - s3://${naming.bucket('source')}/${DATASET}/runbook.csv`);
  for (const stage of ['ingest', 'process', 'validate'] as const) runJob(naming.job(stage, DATASET));
  return find()!;
}

beforeAll(() => {
  names.batch = rejectedBatch();
  const versions = succeed(
    `aws s3api list-object-versions --bucket ${naming.bucket('raw')} --prefix data/${DATASET}/batch_id=${names.batch}/ ` +
      `--query "Versions[?ends_with(Key, '.csv')] | [0].[Key,VersionId]" --output text`,
  );
  [names.key, names['version-id']] = versions.trim().split('\t') as [string, string];
});

afterAll(() => {
  shell(`aws dynamodb delete-table --table-name ${restored}`);
  succeed(
    `while aws glue get-workflow --name ${WORKFLOW} --query Workflow.LastRun.Status | grep -q RUNNING; do sleep 1; done`,
  );
});

/** With names for what stands for them; and where a command asks before it changes something, without the change. */
function concrete(command: string): string {
  const named = command.replace(/<([a-z-]+)>/g, (placeholder, name: string) => names[name] ?? placeholder);
  const asks = /npm run batches -- (replay|release|discard|remove|rescan)/.test(named) && !named.includes('--dry-run');
  return asks ? `${named.replace(/\s+#.*/, '')} --dry-run` : named;
}

test("has the operations guide's commands, to the letter", () => {
  const commands = sections.flatMap((section) => section.commands);
  expect(commands).toContain(
    'aws logs get-log-events --log-group-name "/aws-glue/glue-etl-pipeline-<env>" --log-stream-name "<job-name>"',
  );
  expect(commands).toContain(
    `aws dynamodb get-item --table-name "glue-etl-pipeline-<env>-job-state" --key '{"job_name":{"S":"<job-name>"}}'`,
  );
});

test.each(sections)('each command works that it gives under "$heading"', ({ commands }) => {
  const script = commands.map(concrete).join('\n');
  expect(script).not.toMatch(/<[a-z-]+>/);
  const { status, output } = shell(`set -e -o pipefail\n${script}`);
  expect(status === 0 ? '' : `${script}\n${output}`).toBe('');
});

test('the commands of the operations guide work, and what they start ends well', () => {
  expect(operating.length).toBeGreaterThan(6);
  const output = succeed(`set -e -o pipefail\n${operating.map(concrete).join('\n')}`);
  expect(output).toContain(restored);
  const run = /"JobRunId": "(\w+)"/.exec(output)![1];
  const state = `aws glue get-job-run --job-name ${naming.job('ingest', DATASET)} --run-id ${run} --query JobRun.JobRunState`;
  expect(succeed(`while ${state} | grep -qE 'STARTING|RUNNING|WAITING'; do sleep 1; done; ${state}`)).toMatch(
    /SUCCEEDED/,
  );
});

test('commands show what they are for', () => {
  const outputOf = (command: string) => {
    const found = sections.flatMap((section) => section.commands).find((each) => each.startsWith(command))!;
    return succeed(concrete(found));
  };
  expect(outputOf('aws logs get-log-events')).toContain('run-succeeded');
  expect(JSON.parse(outputOf('aws dynamodb get-item')).Item.state.S).toBe('SUCCEEDED');
  expect(outputOf('aws s3 cp "s3://glue-etl-pipeline-<env>-processed/quality')).toContain('RowCount');
  expect(outputOf('aws s3 cp "s3://glue-etl-pipeline-<env>-logs/reports/latest')).toContain(DATASET);
  expect(outputOf('aws events list-rules')).toContain('rate(15 minutes)');
});
