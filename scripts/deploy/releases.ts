import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DeleteObjectCommand, paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3';
import { RefusedError } from './command';
import type { Origin } from './origin';
import type { StateStore } from './state-store';

/** What was deployed to an environment, kept in its state bucket under its commit. */
export interface Release extends Origin {
  readonly deployedAt: string;
  /** Commit of the release that this one took the place of. */
  readonly previous?: string;
  /** When the integration tests passed on it. */
  readonly testedAt?: string;
}

/** In place of a commit: a copy of the release that is deployed. */
const CURRENT = 'current';

const key = ({ naming }: StateStore, name: string) => `releases/${naming.environment}/${name}.json`;

/** What is deployed; undefined before the first deployment. */
export function currentRelease(store: StateStore): Promise<Release | undefined> {
  return readRelease(store, CURRENT);
}

export async function readRelease(store: StateStore, commit: string): Promise<Release | undefined> {
  const text = await store.read(key(store, commit));
  return text === undefined ? undefined : (JSON.parse(text) as Release);
}

/** All that were deployed, the latest first. */
export async function listReleases(store: StateStore): Promise<Release[]> {
  const Prefix = key(store, '').slice(0, -'.json'.length);
  const commits: string[] = [];
  for await (const page of paginateListObjectsV2({ client: store.s3 }, { Bucket: store.naming.stateBucket, Prefix })) {
    for (const { Key } of page.Contents ?? []) commits.push(path.basename(Key!, '.json'));
  }
  const releases = await Promise.all(
    commits.filter((name) => name !== CURRENT).map((name) => readRelease(store, name)),
  );
  return releases.map((release) => release!).sort((left, right) => (left.deployedAt < right.deployedAt ? 1 : -1));
}

/** Writes down that a plan was applied. What was tested stays so, if it is the same. */
export async function recordRelease(store: StateStore, origin: Origin): Promise<void> {
  const [current, same] = await Promise.all([currentRelease(store), readRelease(store, origin.commit)]);
  const isSame = same !== undefined && isDeepStrictEqual(same.digests, origin.digests);
  await write(store, {
    ...origin,
    deployedAt: new Date().toISOString(),
    previous: current?.commit === origin.commit ? current.previous : current?.commit,
    testedAt: isSame ? same.testedAt : undefined,
  });
}

/**
 * Writes down that what is deployed has passed its tests.
 *
 * @throws RefusedError if it is not that commit, or nothing is deployed
 */
export async function markTested(store: StateStore, commit: string): Promise<Release> {
  const current = await currentRelease(store);
  const { name } = store.environment;
  if (current === undefined) throw new RefusedError(`Nothing is deployed to ${name}`);
  if (current.commit !== commit) {
    throw new RefusedError(`${commit} is not what is deployed to ${name}: that is ${current.commit}`);
  }
  const release = { ...current, testedAt: new Date().toISOString() };
  await write(store, release);
  return release;
}

/** Writes down that nothing is deployed any more; what was deployed stays on record. */
export async function forgetRelease(store: StateStore): Promise<void> {
  await store.s3.send(new DeleteObjectCommand({ Bucket: store.naming.stateBucket, Key: key(store, CURRENT) }));
}

async function write(store: StateStore, release: Release): Promise<void> {
  const Body = `${JSON.stringify(release, null, 2)}\n`;
  for (const name of [release.commit, CURRENT]) {
    const object = { Bucket: store.naming.stateBucket, Key: key(store, name), Body, ContentType: 'application/json' };
    await store.s3.send(new PutObjectCommand(object));
  }
}
