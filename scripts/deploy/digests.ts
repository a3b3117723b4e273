import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Naming } from '../../modules/naming';

/** What a deployment was made of, as SHA-256. */
export interface Digests {
  /** Job scripts, Python package and Lambda bundle, by name: the same for every environment. */
  readonly artefacts: Readonly<Record<string, string>>;
  /** Contracts and queries. */
  readonly contracts: string;
  /** Synthesized stacks by name: the one that is deployed, and those that it may be promoted to. */
  readonly stacks: Readonly<Record<string, string>>;
  /** Hashes of the providers that Terraform has locked: a machine knows those of its own platform at least. */
  readonly providers: readonly string[];
}

/** @param synthesized folder of stacks, as CDKTF writes it */
export function digestsOf(synthesized: string, environment: string): Pick<Digests, 'artefacts' | 'stacks'> {
  const stacks = path.join(synthesized, 'stacks');
  const own = new Naming(environment).prefix;
  return {
    artefacts: artefactsOf(path.join(stacks, own, 'assets')),
    stacks: Object.fromEntries(
      readdirSync(stacks).map((stack) => [stack, digest([readFileSync(path.join(stacks, stack, 'cdk.tf.json'))])]),
    ),
  };
}

/** Of the contracts and queries in a folder. */
export function contractsDigest(folder: string): string {
  const files = readdirSync(folder).filter((file) => /\.(odcs\.yaml|sql)$/.test(file));
  return digest(files.sort().flatMap((file) => [file, readFileSync(path.join(folder, file))]));
}

/** The hashes of providers in Terraform's lock file. */
export function providerHashes(lockFile: string): string[] {
  return (readFileSync(lockFile, 'utf8').match(/(h1|zh):[^"]+/g) ?? []).sort();
}

/** The hash that CDKTF puts into an archive's name says no more than its contents do. */
function artefactsOf(assets: string): Record<string, string> {
  const files = readdirSync(assets, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files.map(({ parentPath, name }) => [
    name.replace(/^[0-9a-f]{32}-|-[0-9a-f]{32}(?=\.)/, ''),
    digest([readFileSync(path.join(parentPath, name))]),
  ]);
  return Object.fromEntries(named.sort());
}

export function digest(contents: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const each of contents) hash.update(String(each.length)).update('\n').update(each);
  return hash.digest('hex');
}
