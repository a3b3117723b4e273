import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadEnvironment } from '../../environments';
import { paths } from '../../local/paths';
import { BUCKETS } from '../../modules/naming';
import { resources, synthesize, type Block } from '../infrastructure/synth';

const text = readFileSync(path.join(paths.root, 'docs', 'architecture.md'), 'utf8');
const dev = synthesize(loadEnvironment('dev'));

/** The buckets whose objects a policy lets somebody do something with. */
function bucketsOf(statements: Block[], action: string): string {
  const targets = statements
    .filter(({ effect = 'Allow', actions }) => effect === 'Allow' && actions.includes(action))
    .flatMap(({ resources: targets }) => targets as string[]);
  const found = BUCKETS.filter((bucket) => targets.some((target) => target.includes(`storage_${bucket}`)));
  return found.join(', ');
}

test('says of each role what it may do with the data', () => {
  const policies = resources(dev, 'aws_iam_role_policy');
  const rows = resources(dev, 'aws_iam_role').map(({ address, name }) => {
    const own = policies.filter(({ role }) => role.includes(`${address}.`));
    const statements = own.flatMap(({ policy }) => {
      const [, document] = /aws_iam_policy_document\.([\w-]+)\.json/.exec(policy)!;
      return dev.data['aws_iam_policy_document']![document!]!.statement as Block[];
    });
    const cells = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'].map((action) => bucketsOf(statements, action));
    return [name.replace(`${dev.naming.prefix}-`, ''), ...cells];
  });
  const stated = /<!-- roles -->([\s\S]*)<!-- \/roles -->/.exec(text)![1]!.trim().split('\n').slice(2);
  const cells = stated.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const touching = rows.filter(([, ...buckets]) => buckets.some(Boolean));
  expect(cells).toEqual(touching.sort(([a], [b]) => a.localeCompare(b)));
});
