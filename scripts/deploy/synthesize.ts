import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');

/**
 * Synthesizes stacks, as deploy.sh does, into a folder that is there for as long as they are looked at.
 *
 * @param environments @default all
 * @param project where the sources are @default this one
 */
export function withSynthesized<T>(look: (folder: string) => T, environments?: string, project = ROOT): T {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'synthesized-'));
  const env = { ...process.env, CDKTF_OUTDIR: folder, ...(environments && { PIPELINE_ENVIRONMENT: environments }) };
  try {
    execFileSync(process.execPath, ['-r', 'ts-node/register', 'main.ts'], {
      cwd: project,
      env,
      stdio: 'inherit',
    });
    return look(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
