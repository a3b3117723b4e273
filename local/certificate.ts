import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from 'selfsigned';
import { paths } from './paths';

/** Password of the trust store. It guards nothing: the store holds one public certificate. */
export const TRUST_STORE_PASSWORD = 'changeit';

/** Files of a certificate for `localhost`; it signs itself, so that `certificate` is also the bundle to trust. */
export interface CertificateFiles {
  certificate: string;
  key: string;
  /** PKCS12, for the JVM. */
  trustStore: string;
}

export function certificateFiles(directory: string): CertificateFiles {
  return {
    certificate: path.join(directory, 'certificate.pem'),
    key: path.join(directory, 'key.pem'),
    trustStore: path.join(directory, 'trust-store.p12'),
  };
}

/** Makes the certificate in a folder that has none. */
export async function makeCertificate(directory: string): Promise<void> {
  const files = certificateFiles(directory);
  if (existsSync(files.trustStore)) return;
  mkdirSync(directory, { recursive: true });
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    keySize: 2048,
    notAfterDate: new Date(Date.now() + 365 * 24 * 3600 * 1000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  writeFileSync(files.certificate, pems.cert);
  writeFileSync(files.key, pems.private);
  chmodSync(files.key, 0o600);
  execFileSync(
    path.join(paths.java, 'bin', 'keytool'),
    ['-importcert', '-noprompt', '-alias', 'localhost', '-file', files.certificate].concat([
      '-keystore',
      files.trustStore,
      '-storetype',
      'PKCS12',
      '-storepass',
      TRUST_STORE_PASSWORD,
    ]),
    { stdio: 'pipe' },
  );
}
