'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { createInterface } = require('node:readline');

const root = path.resolve(__dirname, '..');
const build = path.join(root, 'build');
const python = path.join(root, '.venv', 'bin', 'python');

/** A file of `build` that a command of a suite writes; one of an earlier run is removed. */
function resultFile(name) {
  const file = path.join(build, name);
  fs.mkdirSync(build, { recursive: true });
  fs.rmSync(file, { force: true });
  return file;
}

/** Runs a suite's command and prefixes each line of its output with the suite's name. */
async function run(suite, command, args, env = {}) {
  const times = resultFile(`cpu-${suite}.json`);
  const child = spawn(python, [path.join(__dirname, 'cpu_time.py'), times, command, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      console.log(`${suite} | ${line}`);
      output += `${line}\n`;
    });
  const status = await new Promise((resolve) => child.on('close', resolve));
  const cpu = fs.existsSync(times) ? JSON.parse(fs.readFileSync(times, 'utf8')) : { user: NaN, system: NaN };
  return { status, output, cpu };
}

/** A check that passes or fails as a whole. */
const check = (script) => async (suite) => {
  const { status, output, cpu } = await run(suite, 'npm', ['run', '--silent', script]);
  return { passed: Number(status === 0), failed: Number(status !== 0), report: output, cpu };
};

/** A project of jest, on every core: by default jest leaves one free. */
const jest =
  (workers = '--maxWorkers=100%') =>
  async (suite) => {
    const results = resultFile(`jest-${suite}.json`);
    const options = ['--selectProjects', suite, workers, '--json', '--outputFile', results];
    const { status, output, cpu } = await run(suite, 'npx', ['--no-install', 'jest', ...options]);
    if (!fs.existsSync(results)) return { passed: 0, failed: 1, report: output, cpu };
    const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
      fs.readFileSync(results, 'utf8'),
    );
    // A suite that cannot be loaded has no failed test; nor has a run that ends badly after its tests.
    const failed = Math.max(numFailedTests, numFailedTestSuites, Number(status !== 0));
    const messages = testResults
      .filter((file) => file.status === 'failed')
      .map((file) => `${file.name}\n${file.message}`);
    return { passed: numPassedTests, failed, report: messages.join('\n') || output, cpu };
  };

/** Python's tests of files or folders. A test counts once, however many subtests it has. */
const pytest =
  (targets, options = [], env = {}) =>
  async (suite) => {
    const results = resultFile(`pytest-${suite}.xml`);
    const args = ['-m', 'pytest', ...options, '--junitxml', results, ...targets];
    const { status, output, cpu } = await run(suite, python, args, env);
    const tests = fs.existsSync(results) ? fs.readFileSync(results, 'utf8').split('<testcase ').slice(1) : [];
    const failed = tests.filter((test) => /<(failure|error) /.test(test)).length;
    const skipped = tests.filter((test) => test.includes('<skipped ')).length;
    return {
      passed: tests.length - failed - skipped,
      failed: failed || Number(status !== 0),
      report: /^=+ (ERRORS|FAILURES) =+$.*/ms.exec(output)?.[0] ?? output,
      cpu,
    };
  };

/** Shows the progress of a test of many minutes. */
const UNCAPTURED = ['--capture', 'no'];

/**
 * On the Spark of Glue 4.0, which precedes that of the virtual environment on the path: those of the jobs' tests in which
 * Spark reads, judges or writes rows. What others prove, the jobs do in Python, be it with a ledger, a lease or a schema.
 */
const onSpark33 = pytest(
  ['rows', 'process', 'curate'].map((name) => `tests/glue/test_${name}.py`),
  ['-m', 'engine'],
  { PYTHONPATH: path.join(build, 'spark-3.3', 'python') },
);

const suites = {
  lint: check('lint'),
  types: check('typecheck'),
  unit: jest(),
  judges: jest(),
  // In one process: a second one would start another Spark, while the other lane of suites keeps the second core busy.
  jobs: pytest(['tests/glue', 'tests/reading']),
  'spark-3.3': onSpark33,
  // Jobs that are killed, raced and refused, in processes of their own.
  faults: pytest(['tests/faults'], UNCAPTURED),
  // A Region is lost and comes back; and the promises of the commands for that.
  'game-day': pytest(['tests/game_day'], UNCAPTURED),
  delivery: jest(),
  // One after the other: they share an account.
  'end-to-end': jest('--runInBand'),
};
/** Those that deploy from this folder: one at a time, and beside the others, for they wait for most of their time. */
const DEPLOYING = ['delivery', 'end-to-end'];

const USAGE = `Usage: npm test [-- SUITE …]

Runs every check and test, or the named suites, and ends with their CPU seconds and a line of counts.
Exit codes: 0 all passed, 1 a test failed, 2 unknown suite.

Suites: ${Object.keys(suites).join(', ')}`;

/** Runs one suite after the other, until there is no next one. */
async function inTurn(next) {
  const results = [];
  for (let name = next(); name; name = next()) {
    const started = Date.now();
    const result = await suites[name](name);
    const seconds = Math.round((Date.now() - started) / 1000);
    console.log(`${name}: ${result.passed} passed, ${result.failed} failed, ${seconds} s`);
    results.push({ name, ...result });
  }
  return results;
}

/** CPU seconds by suite and in total; `scripts/cpu_time.py` tells what is not counted. */
function cpuTable(results) {
  const total = { name: 'total', cpu: { user: 0, system: 0 } };
  for (const { cpu } of results) {
    total.cpu.user += cpu.user;
    total.cpu.system += cpu.system;
  }
  const row = (name, ...cells) => name.padEnd(12) + cells.map((cell) => cell.padStart(8)).join('');
  const rows = [...results, total].map(({ name, cpu: { user, system } }) =>
    row(name, ...[user, system, user + system].map((seconds) => seconds.toFixed(0))),
  );
  return [row('CPU seconds', 'user', 'system', 'both'), ...rows].join('\n');
}

async function main(names) {
  if (names.includes('--help')) return console.log(USAGE);
  const unknown = names.find((name) => !Object.hasOwn(suites, name));
  if (unknown) {
    console.error(`unknown suite '${unknown}': one of ${Object.keys(suites).join(', ')}`);
    process.exit(2);
  }
  const wanted = names.length ? names : Object.keys(suites);
  const deploying = wanted.filter((name) => DEPLOYING.includes(name));
  const others = wanted.filter((name) => !DEPLOYING.includes(name));
  const lanes = [inTurn(() => deploying.shift() ?? others.shift()), inTurn(() => others.shift())];
  const results = (await Promise.all(lanes)).flat();
  const count = (key) => results.reduce((total, result) => total + result[key], 0);
  // At the end, where a reader of many thousand lines looks first.
  for (const { name, failed, report } of results) if (failed > 0) console.log(`\n${name} failed:\n${report}`);
  console.log(`\n${cpuTable(results)}\n\n${count('passed')} passed, ${count('failed')} failed`);
  process.exitCode = count('failed') > 0 || count('passed') === 0 ? 1 : 0;
}

main(process.argv.slice(2));
