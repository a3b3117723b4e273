import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Origin } from './origin';
import type { StateStore } from './state-store';

/** What was deployed to an environment, kept in its state bucket under its commit. */
export interface Release extends Origin {
  readonly deployedAt: string;
  /** Commit of the release that this one took the place of. */
  readonly previous?: string;
}

const key = ({ naming }: StateStore, name: string) => `releases/${naming.environment}/${name}.json`;

/** What is deployed; undefined before the first deployment. */
export function currentRelease(store: StateStore): Promise<Release | undefined> {
  return readRelease(store, 'current');
}

export async function readRelease(store: StateStore, commit: string): Promise<Release | undefined> {
  const text = await store.read(key(store, commit));
  return text === undefined ? undefined : (JSON.parse(text) as Release);
}

/** Writes down that a plan was applied. */
export async function recordRelease(store: StateStore, origin: Origin): Promise<void> {
  const current = await currentRelease(store);
  const previous = current?.commit === origin.commit ? current.previous : current?.commit;
  const release: Release = { ...origin, deployedAt: new Date().toISOString(), previous };
  for (const name of [origin.commit, 'current']) {
    await store.s3.send(
      new PutObjectCommand({
        Bucket: store.naming.stateBucket,
        Key: key(store, name),
        Body: `${JSON.stringify(release, null, 2)}\n`,
        ContentType: 'application/json',
      }),
    );
  }
}

/** Writes down that nothing is deployed any more; what was deployed stays on record. */
export async function forgetRelease(store: StateStore): Promise<void> {
  await store.s3.send(new DeleteObjectCommand({ Bucket: store.naming.stateBucket, Key: key(store, 'current') }));
}
