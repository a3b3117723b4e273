import { readFileSync } from 'node:fs';
import { RefusedError, UsageError } from './command';
import { promotionProblems, type Candidate } from './promotion';
import { readRelease, type Release } from './releases';
import { StateStore } from './state-store';

/**
 * Makes sure that what would be deployed is what was tested, where the environment asks for that.
 *
 * @param file the record of the tested release, where its bucket cannot be read with the credentials at hand
 * @throws RefusedError that says what differs
 */
export async function checkPromotion(store: StateStore, candidate: Candidate, file?: string): Promise<void> {
  const { name, promotedFrom } = store.environment;
  if (promotedFrom === undefined) return;
  const release =
    file === undefined ? await readRelease(new StateStore(promotedFrom), candidate.commit) : fromFile(file);
  const problems = promotionProblems(candidate, promotedFrom, store.naming, release);
  if (problems.length === 0) return;
  throw new RefusedError(
    [`${name} gets what was tested in ${promotedFrom}, and this is not:`, ...problems.map((each) => `  ${each}`)].join(
      '\n',
    ),
  );
}

function fromFile(file: string): Release {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Release;
  } catch (error) {
    throw new UsageError(`${file}: is no record of a release: ${(error as Error).message}`);
  }
}
