import { environmentNames, loadEnvironment, parseEnvironment } from '../../environments';
import dev from '../../environments/dev';

const TWO_REGIONS = {
  ...{ firstRegion: 'us-east-1', secondRegion: 'us-west-2' },
  ...{ network: { cidr: '10.21.0.0/16' }, budget: { monthlyUsd: 500 } },
};

describe('environments', () => {
  test('are the files of their folder, and second Regions', () => {
    expect(environmentNames()).toEqual(expect.arrayContaining(['dev', 'local', 'prod', 'prod-dr']));
  });

  test.each(environmentNames())('%s is valid, and named after its file', (name) => {
    expect(loadEnvironment(name).name).toBe(name);
  });

  test('an unknown one is an error that lists the known ones', () => {
    const known = environmentNames().join(', ');
    expect(() => loadEnvironment('nowhere')).toThrow(`Unknown environment "nowhere". Known ones: ${known}`);
  });

  test('what is not stated takes the value that protects data', () => {
    const { storage, network } = parseEnvironment('new', { ...dev, storage: {} });
    expect(storage).toMatchObject({ forceDestroy: false, deletionProtection: true });
    expect(network.flowLogs).toBe(true);
  });

  test.each([
    [
      { network: { ...dev.network, availabilityZones: 9 } },
      'network.availabilityZones: Too big: expected number to be <=6, got: 9',
    ],
    [
      { network: { ...dev.network, cidr: '10.0.0.0/24' } },
      'network.cidr: must be a block of /16 to /20, got: "10.0.0.0/24"',
    ],
    [
      { network: { ...dev.network, databaseCidrs: ['0.0.0.0/0'] } },
      'network.databaseCidrs.0: must not be the whole internet, got: "0.0.0.0/0"',
    ],
    [{ secrets: { recoveryDays: 3 } }, 'secrets.recoveryDays: must be 0, or 7 to 30, got: 3'],
    [
      { permissionsBoundary: 'arn:aws:iam::aws:policy/x' },
      'permissionsBoundary: must be the name of a policy, not its ARN, got: "arn:aws:iam::aws:policy/x"',
    ],
    [{ monitoring: { logRetentionDays: 8 } }, 'monitoring.logRetentionDays: Invalid option: expected one of 7|14|'],
    [
      { storage: { archiveAfterDays: 100 } },
      'storage.archiveAfterDays: must be 30 more than infrequentAccessAfterDays',
    ],
    [
      { storage: { forceDestroy: true } },
      'storage.forceDestroy: must be false where deletionProtection or objectLock is on, got: true',
    ],
    [
      { storage: { lifecycleRules: false } },
      'storage.lifecycleRules: must be true in AWS: versions and logs would be kept, and paid for, for ever',
    ],
    [
      { glue: { ...dev.glue, queuesWithPolicy: true } },
      'glue.queuesWithPolicy: must be false in AWS: a queue that exists would lose its policy when it changes',
    ],
    [{ storage: { retention: 1 } }, 'storage: Unrecognized key: "retention"'],
    [{ owner: undefined }, 'owner: Invalid input: expected string, received undefined'],
    [{ network: { ...dev.network, endpoints: false } }, 'glue.vpc: needs network.endpoints or network.natGateways'],
    [
      { disasterRecovery: { ...TWO_REGIONS, secondRegion: 'us-east-1' } },
      'disasterRecovery.secondRegion: must be another than firstRegion, got: "us-east-1"',
    ],
    [
      { disasterRecovery: { ...TWO_REGIONS, firstRegion: 'virginia' } },
      'disasterRecovery.firstRegion: must be a Region, such as eu-west-1, got: "virginia"',
    ],
    [
      { disasterRecovery: { ...TWO_REGIONS, network: { cidr: dev.network.cidr } } },
      'disasterRecovery.network.cidr: must be another block than network.cidr, got: "10.20.0.0/16"',
    ],
    [
      { disasterRecovery: { ...TWO_REGIONS, hostedZone: 'https://example.com' } },
      'disasterRecovery.hostedZone: must be the name of a hosted zone, such as prod.data.example.com, got: "https:',
    ],
  ])('a broken rule is an error that names file, field, rule and value: %j', (change, message) => {
    expect(() => parseEnvironment('dev', { ...dev, ...change })).toThrow(`environments/dev.ts: ${message}`);
  });

  test.each(['nowhere', 'dev'])('it is promoted from another one, and not from %s', (promotedFrom) => {
    const others = environmentNames().filter((name) => name !== 'dev');
    expect(() => parseEnvironment('dev', { ...dev, promotedFrom })).toThrow(
      `environments/dev.ts: promotedFrom: must be one of ${others.join(', ')}, got: "${promotedFrom}"`,
    );
  });

  test('all broken rules are told at once', () => {
    expect(() => parseEnvironment('dev', { ...dev, owner: '', alertEmails: ['nobody'] })).toThrow(
      /owner: .*\n.*alertEmails\.0: /,
    );
  });

  test('a second Region is one of the same, with a name, a place, a network and a budget of its own', () => {
    const [prod, second] = [loadEnvironment('prod'), loadEnvironment('prod-dr')];
    const { disasterRecovery, ...same } = prod;
    expect(second).toEqual({
      ...same,
      name: 'prod-dr',
      standby: { of: 'prod', ...disasterRecovery },
      stateRegion: 'us-west-2',
      network: { ...prod.network, cidr: '10.11.0.0/16' },
      account: { ...prod.account, costAllocationTags: false, identityProvider: false },
      budget: { monthlyUsd: 900 },
    });
  });

  test('a name must fit into the names of buckets', () => {
    expect(() => parseEnvironment('much-too-long-a-name', dev)).toThrow(/name: must be 2 to 16 lower-case letters/);
  });
});
