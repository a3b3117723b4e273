'use strict';
// Runs every check and every test, and ends with a line of counts. `npm test -- NAME …` runs some of the suites below.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { createInterface } = require('node:readline');

const root = path.resolve(__dirname, '..');
const python = path.join(root, '.venv', 'bin', 'python');

/** Runs a command of a suite, each line of its output under the name of that; answers how it ended, and the lines. */
async function run(suite, command, args, env = {}) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      console.log(`${suite} | ${line}`);
      output += `${line}\n`;
    });
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, output };
}

/** A check that passes or fails as a whole. */
const check = (script) => async (suite) => {
  const { status, output } = await run(suite, 'npm', ['run', '--silent', script]);
  return { passed: Number(status === 0), failed: Number(status !== 0), report: output };
};

/** A project of jest, on every core: by itself jest leaves one to others. */
const jest =
  (workers = '--maxWorkers=100%') =>
  async (suite) => {
    const results = path.join(root, 'build', `jest-${suite}.json`);
    fs.rmSync(results, { force: true });
    const options = ['--selectProjects', suite, workers, '--json', '--outputFile', results];
    const { status, output } = await run(suite, 'npx', ['--no-install', 'jest', ...options]);
    if (!fs.existsSync(results)) return { passed: 0, failed: 1, report: output };
    const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
      fs.readFileSync(results, 'utf8'),
    );
    // A suite that cannot be loaded has no failed test; nor has a run that ends badly after its tests.
    const failed = Math.max(numFailedTests, numFailedTestSuites, Number(status !== 0));
    const messages = testResults
      .filter((file) => file.status === 'failed')
      .map((file) => `${file.name}\n${file.message}`);
    return { passed: numPassedTests, failed, report: messages.join('\n') || output };
  };

/** Python's test modules, in one process. */
async function unittest(suite, modules, env) {
  const { status, output } = await run(suite, python, ['-m', 'unittest', ...modules], env);
  const count = (pattern) => Number(pattern.exec(output)?.[1] ?? 0);
  const failed = count(/^FAILED \(.*failures=(\d+)/m) + count(/^FAILED \(.*errors=(\d+)/m) || Number(status !== 0);
  const skipped = count(/^(?:OK|FAILED) \(.*skipped=(\d+)/m);
  const passed = Math.max(0, count(/^Ran (\d+) test/m) - failed - skipped);
  return { passed, failed, report: /^={70}$.*/ms.exec(output)?.[0] ?? output };
}

/** Shares modules out among two processes, each with its own Spark, for one is busy on little more than one core. */
async function inTwoLanes(suite, modules, env) {
  const size = (module) => fs.statSync(path.join(root, `${module.replaceAll('.', '/')}.py`)).size;
  const lanes = [0, 1].map(() => ({ modules: [], size: 0 }));
  for (const module of [...modules].sort((one, other) => size(other) - size(one))) {
    const [shortest] = [...lanes].sort((one, other) => one.size - other.size);
    shortest.modules.push(module);
    shortest.size += size(module);
  }
  return sum(await Promise.all(lanes.map((lane) => unittest(suite, lane.modules, env))));
}

function modulesIn(...folder) {
  const files = fs.readdirSync(path.join(root, ...folder)).filter((file) => /^test_.*\.py$/.test(file));
  return files.map((file) => [...folder, path.basename(file, '.py')].join('.'));
}

/** The jobs' tests on the Spark of Glue 4.0, which goes before that of the virtual environment on the path. */
function onSpark33(suite) {
  const modules = ['rows', 'process', 'curate'].map((name) => `tests.glue.test_${name}`);
  return inTwoLanes(suite, modules, { PYTHONPATH: path.join(root, 'build', 'spark-3.3', 'python') });
}

/** The counts of several, and the reports of those that failed. */
const sum = (results) => ({
  passed: results.reduce((total, { passed }) => total + passed, 0),
  failed: results.reduce((total, { failed }) => total + failed, 0),
  report: results
    .filter(({ failed }) => failed > 0)
    .map(({ report }) => report)
    .join('\n'),
});

const suites = {
  lint: check('lint'),
  types: check('typecheck'),
  unit: jest(),
  judges: jest(),
  jobs: (suite) => inTwoLanes(suite, modulesIn('tests', 'glue')),
  'spark-3.3': onSpark33,
  // Jobs that are killed, raced and refused, in processes of their own.
  faults: (suite) => unittest(suite, modulesIn('tests', 'faults')),
  // A Region is lost, and come back to; and what the commands for that promise.
  'game-day': (suite) => unittest(suite, modulesIn('tests', 'game_day')),
  delivery: jest(),
  // One after the other: they share an account.
  'end-to-end': jest('--runInBand'),
};
/** Those that deploy from this folder: one at a time, and beside the others, for they wait for most of their time. */
const DEPLOYING = ['delivery', 'end-to-end'];

/** Runs one suite after the other, until there is no next one. */
async function inTurn(next) {
  const results = [];
  for (let name = next(); name; name = next()) {
    const started = Date.now();
    const { passed, failed, report } = await suites[name](name);
    console.log(`${name}: ${passed} passed, ${failed} failed, ${Math.round((Date.now() - started) / 1000)} s`);
    results.push({ passed, failed, report: `\n${name} failed:\n${report}` });
  }
  return sum(results);
}

async function main(names) {
  const unknown = names.find((name) => !(name in suites));
  if (unknown) {
    console.error(`unknown suite '${unknown}': one of ${Object.keys(suites).join(', ')}`);
    process.exit(2);
  }
  const wanted = names.length ? names : Object.keys(suites);
  const deploying = wanted.filter((name) => DEPLOYING.includes(name));
  const others = wanted.filter((name) => !DEPLOYING.includes(name));
  const lanes = [inTurn(() => deploying.shift() ?? others.shift()), inTurn(() => others.shift())];
  const { passed, failed, report } = sum(await Promise.all(lanes));
  // At the end, where a reader of many thousand lines looks first.
  if (failed > 0) console.log(report);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

main(process.argv.slice(2));
