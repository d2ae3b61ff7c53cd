import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An authority, and what it signed; all in PEM. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Whether certificates can be made on this machine. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A new authority and a certificate that it signed, by `openssl`. `names` are those of the server, as openssl writes them. */
export function makeCertificates(name: string, names = 'DNS:localhost,IP:127.0.0.1'): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-certificates-'));
  const file = (kind: string) => join(folder, `${kind}.pem`);
  const read = (kind: string) => readFileSync(file(kind), 'utf8');
  const openssl = (...parameters: string[]) => execFileSync('openssl', parameters, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    openssl('req', '-x509', ...key, '-keyout', file('ca-key'), '-out', file('ca'), '-days', '2', '-subj', `/CN=${name} authority`);
    openssl('req', ...key, '-keyout', file('key'), '-out', file('request'), '-subj', '/CN=localhost');
    writeFileSync(file('extensions'), `subjectAltName=${names}\n`);
    openssl('x509', '-req', '-in', file('request'), '-CA', file('ca'), '-CAkey', file('ca-key'), '-CAcreateserial', '-out', file('cert'), '-days', '2', '-extfile', file('extensions'));
    return { ca: read('ca'), cert: read('cert'), key: read('key') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
