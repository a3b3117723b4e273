import path from 'node:path';
import { certificateFiles } from './certificate';
import { paths } from './paths';

/** The command that runs MiniStack, and keeps what IAM decides; its own entry point would also listen on port 443. */
export function emulatorCommand(directory: string, port: number): [string, ...string[]] {
  const { certificate, key } = certificateFiles(directory);
  return [
    path.join(paths.emulator, 'hypercorn'),
    ...['--config', path.join(__dirname, 'emulator.toml')],
    ...['--bind', `127.0.0.1:${port}`, '--certfile', certificate, '--keyfile', key],
    `${path.join(__dirname, 'recorded_emulator.py')}:app`,
  ];
}

/** The file that says what roles have asked for, and whether they might: a line of JSON per decision. */
export function permissionsLog(directory: string): string {
  return path.join(directory, 'logs', 'permissions.jsonl');
}

/**
 * What MiniStack's process needs. The Lambda functions that it runs inherit all of it, so that their SDKs find the
 * account; their credentials are those of their own roles.
 */
export function emulatorEnvironment(
  directory: string,
  port: number,
  region: string,
  account: Record<string, string>,
): NodeJS.ProcessEnv {
  const { certificate, key } = certificateFiles(directory);
  return {
    HOME: process.env.HOME,
    TMPDIR: process.env.TMPDIR,
    // Lambda functions run on the Node that runs this.
    PATH: [path.dirname(process.execPath), paths.emulator, process.env.PATH].join(path.delimiter),
    ...account,
    AUTH: 'true',
    PERMISSIONS_LOG: permissionsLog(directory),
    USE_SSL: '1',
    MINISTACK_SSL_CERT: certificate,
    MINISTACK_SSL_KEY: key,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_REGION: region,
    PERSIST_STATE: '1',
    S3_PERSIST: '1',
    STATE_DIR: path.join(directory, 'emulator'),
    S3_DATA_DIR: path.join(directory, 's3'),
  };
}
