import { Naming } from '../../modules/naming';
import { promotionProblems, type Candidate } from '../../scripts/deploy/promotion';
import type { Release } from '../../scripts/deploy/releases';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const DIGESTS = {
  artefacts: { 'ingest.py': 'a', 'monitoring-lambda.zip': 'b' },
  contracts: 'c',
  stacks: { 'glue-etl-pipeline-prod': 'd' },
  providers: ['h1:linux', 'zh:all'],
};
const TESTED = {
  commit: COMMIT,
  testedAt: '2026-11-26T12:00:00Z',
  digests: { ...DIGESTS, stacks: { ...DIGESTS.stacks, 'glue-etl-pipeline-dev': 'e' } },
} as unknown as Release;

/** Problems of a candidate that differs so from what was tested. */
function problems(changes: Partial<Candidate['digests']> = {}, release: Release | undefined = TESTED, commit = COMMIT) {
  const candidate = { commit, digests: { ...DIGESTS, ...changes } };
  return promotionProblems(candidate, 'dev', new Naming('prod'), release);
}

describe('what was tested in another environment', () => {
  test('is promoted', () => expect(problems()).toEqual([]));

  test('is promoted from a machine of another platform, whose provider is another file of the same release', () =>
    expect(problems({ providers: ['h1:darwin', 'zh:all'] })).toEqual([]));

  test('is looked at before Terraform knows its providers', () => expect(problems({ providers: [] })).toEqual([]));
});

describe('is not promoted:', () => {
  test.each<[string, ReturnType<typeof problems>, string]>([
    [
      'another script',
      problems({ artefacts: { ...DIGESTS.artefacts, 'ingest.py': 'x' } }),
      'ingest.py: not as it was tested in dev',
    ],
    [
      'a script more',
      problems({ artefacts: { ...DIGESTS.artefacts, 'more.py': 'x' } }),
      'more.py: not as it was tested in dev',
    ],
    [
      'a script less',
      problems({ artefacts: { 'ingest.py': 'a' } }),
      'monitoring-lambda.zip: not as it was tested in dev',
    ],
    ['other contracts', problems({ contracts: 'x' }), 'the contracts: not as it was tested in dev'],
    [
      'another stack',
      problems({ stacks: { 'glue-etl-pipeline-prod': 'x' } }),
      'the stack glue-etl-pipeline-prod: not as it was tested in dev',
    ],
    ['another provider', problems({ providers: ['h1:other'] }), 'the providers: not as it was tested in dev'],
    ['files without a commit', problems({}, TESTED, `${COMMIT}-dirty`), 'only a commit can have been tested'],
    ['no repository', problems({}, TESTED, 'none'), 'only a commit can have been tested'],
    ['what was not tested', problems({}, { ...TESTED, testedAt: undefined }), 'has not passed its tests there'],
  ])('%s', (_, found, message) => expect(found).toEqual([expect.stringContaining(message)]));

  test('what was not deployed there', () =>
    expect(promotionProblems({ commit: COMMIT, digests: DIGESTS }, 'dev', new Naming('prod'), undefined)).toEqual([
      `commit ${COMMIT} was not deployed to dev`,
    ]));
});
