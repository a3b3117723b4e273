import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { judge } from './judge';
import { makePlans, type Plan } from './plan';

/** What Checkov says of one check of one resource. */
interface Finding {
  readonly check_id: string;
  readonly check_name: string;
  readonly resource: string;
}

interface Verdict {
  readonly environment: string;
  readonly passed: number;
  readonly failed: Finding[];
  /** Failed checks that are exempt, as `reason: check`. */
  readonly exempt: string[];
  readonly exemptions: string[];
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'judges-'));
let verdicts: Verdict[];

beforeAll(async () => {
  verdicts = (await makePlans(directory)).map(verdictOn);
});

afterAll(() => rmSync(directory, { recursive: true }));

function verdictOn({ environment, file, resource }: Plan): Verdict {
  const { summary, results } = checkov(file);
  const reasons = (address: string): Record<string, string> => {
    const [type, name] = address.split('.') as [string, string];
    return resource[type]?.[name]?.['//']?.exempt ?? {};
  };
  const failed = results.failed_checks.filter((finding) => !reasons(finding.resource)[finding.check_id]);
  const exempt = results.failed_checks.filter((finding) => !failed.includes(finding));
  process.stdout.write(
    `Checkov, ${environment}: ${summary.passed} passed, ${failed.length} failed, ${exempt.length} skipped\n`,
  );
  return {
    environment,
    passed: summary.passed,
    failed,
    exempt: exempt.map(({ check_id, resource: address }) => `${check_id}: ${reasons(address)[check_id]}`),
    exemptions: Object.values(resource)
      .flatMap((blocks) => Object.values(blocks))
      .flatMap((block) => Object.entries(block['//']?.exempt ?? {}))
      .map(([check, reason]) => `${check}: ${reason}`),
  };
}

function checkov(file: string): { summary: { passed: number }; results: { failed_checks: Finding[] } } {
  const options = ['--framework', 'terraform_plan', '--output', 'json', '--compact', '--quiet', '--skip-download'];
  const { status, stdout, stderr } = spawnSync(judge('checkov'), ['--file', file, ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  // 1: a check failed.
  if (status !== 0 && status !== 1) throw new Error(`checkov ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

test('Checkov finds nothing that no resource is exempt from', () => {
  for (const { failed } of verdicts) {
    expect(failed.map(({ check_id, check_name, resource }) => `${resource}: ${check_id} ${check_name}`)).toEqual([]);
  }
});

test('Checkov has looked at each environment', () => {
  for (const { environment, passed } of verdicts) {
    const least = environment.endsWith('-delivery') ? 10 : 500;
    expect([environment, passed > least]).toEqual([environment, true]);
  }
});

test('no resource is exempt from a check that it would pass', () => {
  const needed = new Set(verdicts.flatMap(({ exempt }) => exempt));
  const unneeded = verdicts.flatMap(({ exemptions }) => exemptions).filter((exemption) => !needed.has(exemption));
  expect([...new Set(unneeded)]).toEqual([]);
});
