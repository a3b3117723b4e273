import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeCertificate } from '../../local/certificate';
import { EnginePool } from '../../local/glue/engine-pool';
import {
  credentialProperties,
  engineEnvironment,
  jvmProperties,
  runEnvironment,
  sparkProperties,
} from '../../local/glue/spark-settings';
import { WarmEngine } from '../../local/glue/warm-engine';
import { until } from './fake-engine';

const directory = mkdtempSync(path.join(os.tmpdir(), 'engines-'));
/** Where nothing answers. */
const NOWHERE = 'https://127.0.0.1:9';
const account = {
  ...{ directory, region: 'us-east-1', processes: [] },
  ...{ endpoint: NOWHERE, glueEndpoint: NOWHERE, cloudwatchEndpoint: NOWHERE, plainEndpoint: NOWHERE },
};
const CONF = {
  'spark.sql.catalog.glue_catalog': 'org.apache.iceberg.spark.SparkCatalog',
  'spark.sql.catalog.glue_catalog.catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
  'spark.sql.catalog.glue_catalog.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
  'spark.sql.catalog.glue_catalog.warehouse': 's3://nowhere/',
  'spark.hadoop.fs.s3a.attempts.maximum': '1',
  'spark.hadoop.fs.s3a.retry.limit': '1',
};

let started = 0;
const pool = new EnginePool((jvm) => {
  const folder = path.join(directory, 'engines', String((started += 1)));
  return new WarmEngine(folder, jvm, engineEnvironment(folder, account));
});

beforeAll(() => makeCertificate(directory));
afterAll(() => {
  pool.close();
  rmSync(directory, { recursive: true });
});

const credentialsOf = (role: string) => ({
  accessKeyId: `ASIA${role}KEY`,
  secretAccessKey: `${role}/secret+${'x'.repeat(20)}`,
  sessionToken: `${role}/token+${'y'.repeat(400)}`,
});

/** Runs a script with the credentials of a role, as a job would be. */
function start(name: string, role: string, script: string, signal = new AbortController().signal) {
  const folder = path.join(directory, 'runs', name);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'script.py');
  writeFileSync(file, script);
  const credentials = credentialsOf(role);
  const run = {
    ...{ script: file, arguments: ['--name', name], folder },
    environment: runEnvironment(folder, account, credentials, []),
    properties: { ...credentialProperties(credentials), ...sparkProperties(name, folder, CONF, account) },
  };
  const written = (stream: 'stdout' | 'stderr') => readFileSync(path.join(folder, stream), 'utf8');
  return { written, folder, ended: pool.run(run, jvmProperties({}, account), signal) };
}

async function succeed(...parameters: Parameters<typeof start>) {
  const run = start(...parameters);
  const exit = await run.ended;
  expect(exit === 0 ? '' : run.written('stdout')).toBe('');
  return { ...run, said: JSON.parse(run.written('stdout').trim().split('\n').at(-1)!) };
}

const SESSION = `
import json, os, sys
from contextlib import suppress
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
jvm = spark.sparkContext._jvm
about = {"application": spark.sparkContext.applicationId, "jvm": jvm.java.lang.ProcessHandle.current().pid(), "pid": os.getpid()}
`;
/** Has the clients of S3 and of the catalog read the credentials, in vain, and leaves everything open. */
const USES_ALL = `${SESSION}
print(json.dumps(about), flush=True)
spark.sql("SET spark.left.over=1")
spark.range(10).createOrReplaceTempView("left_over")
for unreachable in ("SHOW TABLES IN glue_catalog.db", "SELECT * FROM csv.\`s3a://nowhere/rows.csv\`"):
    with suppress(Exception):
        spark.sql(unreachable).collect()
`;
/** Tells all that can be found of other runs: settings, views, and what of a text the heap still holds. */
const SEARCHES = `${SESSION}
def interface(name, method, *types):
    given = spark.sparkContext._gateway.new_array(jvm.java.lang.Class, len(types))
    for index, type in enumerate(types):
        given[index] = type
    return jvm.java.lang.Class.forName(name).getMethod(method, given)
bean = jvm.java.lang.Class.forName("com.sun.management.HotSpotDiagnosticMXBean")
heap = jvm.java.lang.management.ManagementFactory.getPlatformMXBean(bean)
values = spark.sparkContext._gateway.new_array(jvm.java.lang.Object, 2)
values[0], values[1] = os.path.join(os.getcwd(), "live.hprof"), True
interface(bean.getName(), "dumpHeap", jvm.java.lang.Class.forName("java.lang.String"), jvm.java.lang.Boolean.TYPE).invoke(heap, values)
with open("live.hprof", "rb") as file:
    dump = file.read()
def held(text):
    return any(text.encode(code) in dump for code in ("ascii", "utf-16-be", "utf-16-le"))
found = [text for text in json.loads('SEARCHED') if held(text)]
mine = held(os.environ["AWS_SECRET_ACCESS_KEY"])
print(json.dumps({**about, "found": found, "mine": mine, "setting": spark.conf.get("spark.left.over", None), "views": [t.name for t in spark.catalog.listTables()]}))
`;

test('a run finds nothing of the run before it on the same engine, of whose role nothing is left in the heap', async () => {
  const first = await succeed('first', 'FIRST', USES_ALL);
  const searched = Object.values(credentialsOf('FIRST')).map((text) => text.slice(0, 40));
  const second = await succeed('second', 'SECOND', SEARCHES.replace('SEARCHED', JSON.stringify(searched)));
  expect(second.said.jvm).toBe(first.said.jvm);
  expect(second.said.application).not.toBe(first.said.application);
  expect(second.said).toMatchObject({ found: [], mine: true, setting: null, views: [] });
});

test('what Spark logs for a run is with that run', async () => {
  const run = await succeed('third', 'THIRD', `${SESSION}\nprint(json.dumps(about))`);
  expect(run.written('stderr')).toContain(`Submitted application: third`);
  for (const other of ['first', 'second']) expect(run.written('stderr')).not.toContain(`application: ${other}`);
});

test('a run that ends its JVM fails alone, and the next one has another', async () => {
  const waits = start('waits', 'FIRST', `${SESSION}\nimport time\ntime.sleep(4)\nprint(spark.range(7).count())`);
  const dies = start(
    'dies',
    'SECOND',
    `${SESSION}\nprint(json.dumps(about), flush=True)\njvm.java.lang.Runtime.getRuntime().halt(3)`,
  );
  expect(await dies.ended).toBe(1);
  expect(dies.written('stdout')).toContain('Py4JNetworkError');
  expect(await waits.ended).toBe(0);
  expect(waits.written('stdout').trim()).toBe('7');
  const next = await succeed('next', 'THIRD', `${SESSION}\nprint(json.dumps(about))`);
  expect(dies.written('stdout')).not.toContain(`"jvm": ${next.said.jvm},`);
});

test('an engine whose JVM has ended while it waited fails no run', async () => {
  const before = await succeed('before', 'FIRST', `${SESSION}\nprint(json.dumps(about))`);
  process.kill(before.said.jvm, 'SIGKILL');
  await until(() => !lives(before.said.jvm));
  const after = await succeed('after', 'SECOND', `${SESSION}\nprint(json.dumps(about))`);
  expect(after.said.jvm).not.toBe(before.said.jvm);
});

test('an end by signal ends the script and its JVM', async () => {
  const control = new AbortController();
  const run = start(
    'endless',
    'FIRST',
    `${SESSION}\nprint(json.dumps(about), flush=True)\nwhile True: pass`,
    control.signal,
  );
  const said = () => {
    try {
      return JSON.parse(run.written('stdout')) as { jvm: number; pid: number };
    } catch {
      return undefined;
    }
  };
  const { jvm, pid } = await until(said);
  control.abort();
  expect(await run.ended).toBeNull();
  for (const id of [jvm, pid]) await until(() => !lives(id));
});

test('an engine that does not start says why', async () => {
  const broken = new EnginePool(
    (jvm) => new WarmEngine(path.join(directory, 'broken'), jvm, engineEnvironment(directory, account)),
  );
  const run = { script: '', arguments: [], environment: {}, folder: directory, properties: {} };
  const ended = broken.run(run, { 'spark.driver.memory': 'much' }, new AbortController().signal);
  await expect(ended).rejects.toThrow(/The engine has ended\. The end of .*engine\.log:\n[^]*much/);
});

/** Whether a process runs: one that has ended and whose parent has not asked how does not. */
function lives(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout !== '' && !stdout.startsWith('Z');
}
