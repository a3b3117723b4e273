import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import glob from 'fast-glob';
import { DataSet } from '../modules/contract/data-set';

/**
 * Brings the files of a contract's server of type `local` to where the deployed data set looks for them: a folder with
 * all folders in it, as a prefix of S3 takes in all keys that begin with it; of a glob, what its wildcards stand for.
 *
 * @param directory folder of the contract, which its path is relative to
 * @returns number of bytes uploaded, and where to; undefined for a data set that has no such server
 * @throws Error if the path names no file
 */
export async function uploadSource(
  s3: S3Client,
  { name, source }: DataSet,
  directory: string,
): Promise<{ bytes: number; location: string } | undefined> {
  if (source.type !== 's3' || source.localPath === null) return undefined;
  const { bucket, prefix, localPath } = source;
  const files = await localFiles(path.resolve(directory, localPath));
  if (files.length === 0)
    throw new Error(`${name}: no file at '${localPath}', relative to the contract's folder ${directory}`);
  let bytes = 0;
  for (const file of files) {
    const { size } = statSync(file.path);
    const Body = createReadStream(file.path);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + file.name, Body, ContentLength: size }));
    bytes += size;
  }
  return { bytes, location: `s3://${bucket}/${prefix}` };
}

export interface LocalFile {
  /** Path below the folder that the location names, or that its wildcards begin in; with `/` between folders. */
  name: string;
  path: string;
}

/** The files at a path, in a folder and its folders, or that match a glob. */
export async function localFiles(location: string): Promise<LocalFile[]> {
  const { base, files } = await filesBelow(location);
  return files.map((file) => ({ name: path.relative(base, file).split(path.sep).join('/'), path: file }));
}

async function filesBelow(location: string): Promise<{ base: string; files: string[] }> {
  const found = statSync(location, { throwIfNoEntry: false });
  if (found?.isFile()) return { base: path.dirname(location), files: [location] };
  // The folder's own name is no pattern, whatever it holds.
  if (found) return { base: location, files: await filesAt('**/*', location) };
  const bases = glob.generateTasks(location).map(({ base }) => base);
  return { base: bases.reduce(commonFolder), files: await filesAt(location) };
}

async function filesAt(pattern: string, cwd?: string): Promise<string[]> {
  return (await glob(pattern, { onlyFiles: true, absolute: true, ...(cwd && { cwd }) })).sort();
}

/** The deepest folder that both are in: each alternative of a glob's braces has a base of its own. */
function commonFolder(one: string, other: string): string {
  return path.relative(one, other).startsWith('..') ? commonFolder(path.dirname(one), other) : one;
}
