import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { permissionsLog } from '../../local/emulator';
import { paths } from '../../local/paths';
import { datasets, decisionsOfStart, npm, startFile } from './account';
import { makeSlice } from './slice';

/** Makes the account that all files share: `npm start` on the slice, whose outcome start.test.ts judges. */
export default function setUp(): void {
  rmSync(path.dirname(startFile), { recursive: true, force: true });
  mkdirSync(datasets, { recursive: true });
  makeSlice(datasets);
  const { status, stdout, stderr } = npm('start', '--', '--keep', '--datasets', datasets);
  writeFileSync(startFile, JSON.stringify({ status, stdout, stderr }));
  copyFileSync(permissionsLog(paths.state), decisionsOfStart);
}
