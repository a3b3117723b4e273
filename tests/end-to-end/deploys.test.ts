import { stripVTControlCharacters } from 'node:util';
import { datasets, succeed } from './account';

/** What the emulator does not read back, and so shows as changed in every plan. */
const NOT_READ_BACK = ['aws_cloudwatch_metric_alarm'];

test('a second plan changes nothing', () => {
  const output = succeed(`PIPELINE_DATASETS=${datasets} ./scripts/deploy.sh --environment local --action plan`);
  const plan = stripVTControlCharacters(output);
  const changes = [...plan.matchAll(/# (\w+)\.\S+(?: \(\S+\))? (?:will|must) be (.+)/g)].map(([, type, change]) => ({
    type,
    change,
  }));
  expect(changes).not.toHaveLength(0);
  for (const { type, change } of changes) {
    expect(NOT_READ_BACK).toContain(type);
    expect(change).toMatch(/^updated in-place/);
  }
});
