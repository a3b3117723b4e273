import { Execution } from '../../local/glue/engine';
import { runArguments } from '../../local/glue/job-run';
import { driverTargets } from '../../local/glue/log-streams';
import {
  credentialProperties,
  engineEnvironment,
  parseConf,
  propertiesFile,
  runEnvironment,
  sparkProperties,
} from '../../local/glue/spark-settings';

const account = {
  directory: '/state',
  region: 'eu-west-1',
  endpoint: 'https://localhost:1',
  glueEndpoint: 'https://localhost:2',
  cloudwatchEndpoint: 'https://localhost:4',
  plainEndpoint: 'http://localhost:3',
  processes: [],
};

function execution(args: Record<string, string>, glueVersion = '5.1'): Execution {
  const job = { Name: 'ingest', GlueVersion: glueVersion, DefaultArguments: args };
  const record = { run: { Id: 'jr_1', JobName: 'ingest' }, workflow: { name: 'flow', runId: 'wr_1' } };
  return { record, job, arguments: runArguments(job, record), folder: '/state/runs/jr_1' };
}

describe('arguments of a run', () => {
  test('are those of the job, of the run, and of Glue', () => {
    const job = {
      DefaultArguments: { '--a': 'job', '--b': 'job', '--c': 'job' },
      NonOverridableArguments: { '--c': 'fixed' },
    };
    const run = { Id: 'jr_1', JobName: 'ingest', Arguments: { '--b': 'run', '--c': 'run' } };
    const workflow = { name: 'flow', runId: 'wr_1' };
    expect(runArguments(job, { run, workflow })).toEqual({
      '--a': 'job',
      '--b': 'run',
      '--c': 'fixed',
      '--JOB_ID': expect.stringMatching(/^j_[0-9a-f]{64}$/),
      '--JOB_NAME': 'ingest',
      '--JOB_RUN_ID': 'jr_1',
      '--WORKFLOW_NAME': 'flow',
      '--WORKFLOW_RUN_ID': 'wr_1',
    });
  });

  test('name no workflow outside of one', () => {
    expect(runArguments({}, { run: { Id: 'jr_1', JobName: 'ingest' } })).not.toHaveProperty('--WORKFLOW_NAME');
  });
});

describe('settings of Spark', () => {
  test('are read from the chained form', () => {
    expect(parseConf('a=1 --conf b=x=y  --conf c=')).toEqual({ a: '1', b: 'x=y', c: '' });
    expect(parseConf('')).toEqual({});
  });

  test('hold the job’s own, and endpoints for the catalogs that it names', () => {
    const conf =
      'spark.sql.catalog.lake=org.apache.iceberg.spark.SparkCatalog --conf spark.sql.catalog.lake.warehouse=s3://x/';
    expect(sparkProperties('ingest', '/run', parseConf(conf), account)).toMatchObject({
      'spark.sql.catalog.lake.warehouse': 's3://x/',
      'spark.sql.catalog.lake.glue.endpoint': 'https://localhost:2',
      'spark.sql.catalog.lake.s3.endpoint': 'https://localhost:1',
      'spark.sql.catalog.lake.client.region': 'eu-west-1',
      'spark.hadoop.fs.s3a.endpoint': 'https://localhost:1',
      'spark.driver.extraJavaOptions': expect.stringContaining('/state/trust-store.p12'),
    });
  });

  test('go into a properties file', () => {
    expect(propertiesFile({ a: 'b', path: 'c:\\d' })).toBe('a=b\npath=c:\\\\d\n');
  });

  test('come with the credentials of the role and nothing of this process', () => {
    const role = { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token' };
    const environment = runEnvironment('/state/runs/jr_1', account, role, ['/s/a.zip']);
    expect(environment).toMatchObject({
      AWS_ACCESS_KEY_ID: 'ASIA',
      AWS_SESSION_TOKEN: 'token',
      HOME: '/state/runs/jr_1',
      PYTHONPATH: expect.stringMatching(/^\/s\/a\.zip:/),
    });
    expect(Object.values(environment)).not.toContain('test');
    const own = Object.values(credentialProperties(role));
    expect(own).toEqual(['ASIA', 'secret', 'secret', 'token']);
    const shared = Object.entries(engineEnvironment('/state/engines/1', account)).flat().join();
    for (const secret of [...own, 'ACCESS_KEY']) expect(shared).not.toContain(secret);
  });
});

describe('log groups of the driver', () => {
  const groups = (args: Record<string, string>, version: string) =>
    driverTargets(execution(args, version)).map(({ group, stream }) => `${group} ${stream}`);

  test.each([
    ['5.1', {}, ['/aws-glue/jobs/output jr_1-driver', '/aws-glue/jobs/error jr_1-driver']],
    ['5.1', { '--custom-logGroup-prefix': '/my' }, ['/my/output jr_1-driver', '/my/error jr_1-driver']],
    ['4.0', {}, []],
    ['4.0', { '--enable-continuous-cloudwatch-log': 'true' }, ['/aws-glue/jobs/logs-v2 jr_1-driver']],
    ['4.0', { '--enable-continuous-cloudwatch-log': 'true', '--continuous-log-logGroup': '/my' }, ['/my jr_1-driver']],
  ])('of version %s with %p', (version, args, expected) => {
    expect(groups(args as Record<string, string>, version)).toEqual(expected);
  });
});
