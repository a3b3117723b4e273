'use strict';
// Runs every check and every test, and ends with a line of counts. `npm test -- NAME …` runs some: lint, types, unit,
// judges, delivery, jobs, spark-3.3, faults, game-day, end-to-end.
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const results = path.join(root, 'build', 'jest.json');
const python = path.join(root, '.venv', 'bin', 'python');

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
}

/** By itself jest leaves a core to others. */
const EVERY_CORE = ['--maxWorkers=100%'];

/** A check that passes or fails as a whole. */
function check(script) {
  const passed = run('npm', ['run', '--silent', script]).status === 0;
  return { passed: Number(passed), failed: Number(!passed) };
}

function jest(project, ...options) {
  fs.rmSync(results, { force: true });
  const { status } = run('npx', [
    '--no-install',
    'jest',
    '--selectProjects',
    project,
    ...options,
    '--json',
    '--outputFile',
    results,
  ]);
  if (!fs.existsSync(results)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(fs.readFileSync(results, 'utf8'));
  // A suite that cannot be loaded has no failed test; nor has a run that ends badly after its tests.
  const failed = Math.max(numFailedTests, numFailedTestSuites, Number(status !== 0));
  return { passed: numPassedTests, failed };
}

/** Runs test modules in one process; answers the counts, and shows its results when it has ended. */
function unittest(modules, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(python, ['-m', 'unittest', ...modules], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['inherit', 'inherit', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (status) => {
      process.stderr.write(output);
      const count = (pattern) => Number(pattern.exec(output)?.[1] ?? 0);
      const failed = count(/failures=(\d+)/) + count(/errors=(\d+)/) || Number(status !== 0);
      resolve({ passed: Math.max(0, count(/^Ran (\d+) test/m) - failed - count(/skipped=(\d+)/)), failed });
    });
  });
}

/** Shares modules out among two processes, each with its own Spark, for one is busy on little more than one core. */
async function inTwoLanes(modules, env) {
  const size = (module) => fs.statSync(path.join(root, `${module.replaceAll('.', '/')}.py`)).size;
  const lanes = [0, 1].map(() => ({ modules: [], size: 0 }));
  for (const module of [...modules].sort((one, other) => size(other) - size(one))) {
    const [shortest] = [...lanes].sort((one, other) => one.size - other.size);
    shortest.modules.push(module);
    shortest.size += size(module);
  }
  const counts = await Promise.all(lanes.map((lane) => unittest(lane.modules, env)));
  return counts.reduce((one, other) => ({ passed: one.passed + other.passed, failed: one.failed + other.failed }));
}

function modulesIn(...folder) {
  const files = fs.readdirSync(path.join(root, ...folder)).filter((file) => /^test_.*\.py$/.test(file));
  return files.map((file) => [...folder, path.basename(file, '.py')].join('.'));
}

/** The jobs' tests on the Spark of Glue 4.0, which goes before that of the virtual environment on the path. */
function spark33() {
  const modules = ['rows', 'process', 'curate'].map((name) => `tests.glue.test_${name}`);
  return inTwoLanes(modules, { PYTHONPATH: path.join(root, 'build', 'spark-3.3', 'python') });
}

const suites = {
  lint: () => check('lint'),
  types: () => check('typecheck'),
  unit: () => jest('unit', ...EVERY_CORE),
  judges: () => jest('judges', ...EVERY_CORE),
  delivery: () => jest('delivery', ...EVERY_CORE),
  jobs: () => inTwoLanes(modulesIn('tests', 'glue')),
  'spark-3.3': spark33,
  // Jobs that are killed, raced and refused, in processes of their own.
  faults: () => unittest(modulesIn('tests', 'faults')),
  // A Region is lost, and come back to.
  'game-day': () => unittest(['tests.game_day.test_game_day']),
  // One after the other: they share an account.
  'end-to-end': () => jest('end-to-end', '--runInBand'),
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in suites));
if (unknown) {
  console.error(`unknown suite '${unknown}': one of ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}

async function main() {
  const total = { passed: 0, failed: 0 };
  for (const name of names.length ? names : Object.keys(suites)) {
    console.log(`\n== ${name}`);
    const started = Date.now();
    const { passed, failed } = await suites[name]();
    console.log(`${name}: ${passed} passed, ${failed} failed, ${Math.round((Date.now() - started) / 1000)} s`);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

main();
