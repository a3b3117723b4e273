import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Account } from './account';
import { paths } from './paths';

/**
 * Gives secrets of an account's Secrets Manager their value, such as a database's user and password.
 *
 * @param file JSON: an object of secrets by name, each an object
 * @throws Error that names the file, or with the words of the AWS CLI
 */
export function putSecrets(account: Account, file: string): void {
  // Not on a command line, where others on this machine could read it.
  const request = path.join(account.directory, 'secret.json');
  const env = { ...process.env, ...account.environment };
  try {
    for (const [SecretId, secret] of Object.entries(readSecrets(file))) {
      writeFileSync(request, JSON.stringify({ SecretId, SecretString: JSON.stringify(secret) }), { mode: 0o600 });
      const put = ['secretsmanager', 'put-secret-value', '--cli-input-json', `file://${request}`];
      const { status, stderr } = spawnSync(path.join(paths.venv, 'aws'), put, { env, encoding: 'utf8' });
      if (status !== 0) throw new Error(`Secret ${SecretId} of ${file}: ${stderr.trim()}`);
    }
  } finally {
    rmSync(request, { force: true });
  }
}

function readSecrets(file: string): Record<string, object> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, object>;
  } catch (error) {
    throw new Error(`${file}: must be JSON, an object of secrets by name: ${(error as Error).message}`);
  }
}
