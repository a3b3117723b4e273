import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { environmentNames, loadEnvironment } from '../../environments';
import { everyKindOfSource, load } from '../unit/contract-files';
import { resources, synthesize } from './synth';

/** Types of which each one holds what nobody can make again: data, or (a topic) that its subscribers have confirmed. */
const STATEFUL = [
  'aws_cloudtrail',
  'aws_cloudwatch_log_group',
  'aws_dynamodb_table',
  'aws_glue_catalog_database',
  'aws_kms_key',
  'aws_s3_bucket',
  'aws_secretsmanager_secret',
  'aws_sns_topic',
  'aws_sqs_queue',
];

const FILE = 'tests/infrastructure/addresses.json';
const file = resolve(__dirname, '../..', FILE);
const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>;

function statefulAddresses(name: string): string[] {
  const environment = loadEnvironment(name);
  const network = { ...environment.network, databaseCidrs: ['10.1.0.0/16'] };
  const stack = synthesize({ ...environment, network }, load(everyKindOfSource(name), name));
  return STATEFUL.flatMap((type) => resources(stack, type).map(({ address }) => address)).sort();
}

const difference = (some: readonly string[], others: readonly string[]) => some.filter((one) => !others.includes(one));

/** What the difference to the kept list would do to an environment that is deployed, and what to do instead. */
function advice(environment: string, addresses: string[]): string {
  const [gone, added] = [
    difference(kept[environment] ?? [], addresses),
    difference(addresses, kept[environment] ?? []),
  ];
  const lines = (list: string[]) => list.map((address) => `    ${address}`).join('\n');
  return [
    gone.length > 0 &&
      `Terraform would DELETE these from ${environment}, with what they hold:\n${lines(gone)}\n` +
        "  If a construct was renamed or moved, call `moveFromId('<old address>')` at the new resource, which makes a `moved`\n" +
        "  block, or keep the address: `overrideLogicalId('<its part after the dot>')`. If it is to go, take it out of " +
        FILE,
    added.length > 0 &&
      `New in ${environment}: add to ${FILE} what is not one of these under a new name:\n${lines(added)}`,
  ]
    .filter(Boolean)
    .join('\n');
}

test('the list is of every environment', () => {
  // A new one holds no data yet. It is added on the machine of whoever adds it, as Jest does with snapshots.
  const added = process.env.CI ? [] : difference(environmentNames(), Object.keys(kept));
  for (const name of added) kept[name] = statefulAddresses(name);
  const sorted = Object.entries(kept).sort(([one], [other]) => (one < other ? -1 : 1));
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  expect(Object.keys(kept).sort()).toEqual(environmentNames());
});

test.each(environmentNames())('what holds state in %s stays where it is', (environment) => {
  const addresses = statefulAddresses(environment);
  expect(advice(environment, addresses)).toBe('');
});
