import path from 'node:path';
import { paths } from '../../local/paths';

/** A program of the virtual environment of the judges. */
export function judge(program: string): string {
  return path.join(paths.root, 'build', 'judges', 'bin', program);
}
