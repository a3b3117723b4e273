import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { commands, jobs } from '../delivery/workflows';
import { query, sharedAccount, shell, succeed, watch } from './account';
import { WorkingCopy } from './working-copy';

/** An environment as somebody adds it who wants one between `local` and production. */
const STAGE = `import local from './local';

export default { ...local, promotedFrom: 'local', network: { ...local.network, cidr: '10.32.0.0/16' } };
`;

const STAGE_SERVER = `  - server: landing
    environment: stage
    type: s3
    location: s3://glue-etl-pipeline-stage-source/airlines/*.csv
    format: csv
`;

let copy: WorkingCopy;
let [first, second] = ['', ''];

beforeAll(async () => {
  const account = await sharedAccount();
  copy = new WorkingCopy();
  writeFileSync(copy.file('environments/stage.ts'), STAGE);
  copy.edit('datasets/airlines.odcs.yaml', 'servers:\n', `servers:\n${STAGE_SERVER}`);
  first = copy.commit('first');
  // Else the data of all data sets counts as late, and what the integration tests break is no news.
  await watch(account);
});

beforeEach(() => rmSync(copy.file('build/plan'), { recursive: true, force: true }));

afterAll(() => copy?.remove());

/** The command line of a job of the pipeline's steps, as they run on GitHub for an environment. */
function steps(job: string, environment: string, testedIn = ''): string {
  const { steps = [] } = Object.fromEntries(jobs)[job]!;
  // Other conditions than that of a promotion there are none.
  const taken = { steps: steps.filter((step) => step.if === undefined || testedIn !== '') };
  const variables = `ENVIRONMENT=${environment} TESTED_IN=${testedIn} GITHUB_STEP_SUMMARY=build/plan/summary.md`;
  return copy.inside([`export ${variables}`, ...commands(taken)].join(' && '));
}

const release = (environment: string): { commit: string; digests: { artefacts: object } } =>
  JSON.parse(copy.run(`npm run --silent release -- show --environment ${environment}`));

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

/** What tells releases of an environment apart: the code of a job, and a threshold. */
function deployed(environment: string) {
  const prefix = `glue-etl-pipeline-${environment}`;
  const location = `aws glue get-job --job-name ${prefix}-curate-airlines --query Job.Command.ScriptLocation --output text`;
  const alarms = `aws cloudwatch describe-alarms --alarm-name-prefix ${prefix}`;
  const memory = `MetricAlarms[?contains(AlarmName, 'memory')].Threshold | [0]`;
  return {
    isSecond: succeed(`aws s3 cp "$(${location})" -`).includes('# second'),
    threshold: succeed(`${alarms} --query "${memory}"`).trim(),
  };
}

const FIRST = { isSecond: false, threshold: '0.85' };
const SECOND = { isSecond: true, threshold: '0.7' };

describe("the pipeline's commands", () => {
  test('make room for the state, plan, judge the plan, and apply that plan', () => {
    copy.run('./scripts/deploy.sh --environment local --action bootstrap');
    succeed(steps('plan: plan', 'local'));
    expect(readFileSync(copy.file('build/plan/summary.md'), 'utf8')).toMatch(/^## Plan for local/);
    succeed(steps('release: deploy', 'local'));
    expect(release('local').commit).toBe(first);
    expect(deployed('local')).toEqual(FIRST);
  });

  test('promote nothing that has not passed its tests', () => {
    succeed(steps('plan: plan', 'stage', 'local'));
    const { status, output } = shell(steps('release: deploy', 'stage'));
    expect(output).toContain('stage gets what was tested in local, and this is not');
    expect(status).not.toBe(0);
  });

  test('test what was deployed, and leave nothing behind', () => {
    const before = planes();
    succeed(steps('release: test', 'local'));
    succeed(steps('release: cleanup', 'local'));
    expect(planes()).toEqual(before);
  });

  test('promote it to another environment, as it was tested', () => {
    succeed(steps('plan: plan', 'stage', 'local'));
    succeed(steps('release: deploy', 'stage'));
    expect(release('stage')).toMatchObject({
      commit: first,
      digests: { artefacts: release('local').digests.artefacts },
    });
    expect(deployed('stage')).toEqual(FIRST);
  });
});

describe('a rollback', () => {
  const rollback = (...options: string[]) =>
    copy.inside(`./scripts/rollback.sh --environment local ${options.join(' ')}`);

  beforeAll(() => {
    copy.edit('environments/local.ts', 'logRetentionDays: 7', 'logRetentionDays: 7, memoryAlarmPercent: 70');
    appendFileSync(copy.file('glue-jobs/curate.py'), '# second\n');
    second = copy.commit('second');
    copy.run('./scripts/deploy.sh --environment local --action apply --auto-approve');
  });

  test('puts back the code and the configuration of the release before', () => {
    expect(release('local').commit).toBe(second);
    expect(deployed('local')).toEqual(SECOND);
    expect(succeed(rollback('--auto-approve'))).toContain(`Putting back release ${first} of local`);
    expect(release('local').commit).toBe(first);
    expect(deployed('local')).toEqual(FIRST);
  });

  test('leaves the working copy as it is', () => {
    expect(copy.git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(copy.git('rev-parse', 'HEAD')).toBe(second);
    expect(copy.git('status', '--porcelain')).toBe('');
  });

  test.each([
    ['a commit that is not known', '--to 0123456', 'is no commit that is known here'],
    ['what is no option', '--from x', "unknown argument '--from'"],
  ])('refuses %s', (_, options, message) => {
    const { status, output } = shell(rollback(options));
    expect(status).not.toBe(0);
    expect(output).toContain(message);
    expect(release('local').commit).toBe(first);
  });
});
