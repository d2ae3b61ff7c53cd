// What leaves this server to come back as it was: encrypted and authenticated, readable by processes of the same secret.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const keyByteLength = 32;
const nonceByteLength = 12; // NIST SP 800-38D, 5.2.1.1
const tagByteLength = 16;

/** Seals JSON values for one purpose: what is sealed for another does not open. */
export class Seal {
  readonly #key: Uint8Array;

  /** RFC 5869; the secret is expected to be random, so no salt is needed. */
  constructor(secret: string, purpose: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', purpose, keyByteLength));
  }

  close(value: unknown): Buffer {
    const nonce = randomBytes(nonceByteLength);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    return Buffer.concat([nonce, cipher.update(JSON.stringify(value), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** Undefined if it was not sealed with this secret, for this purpose, or was changed since. */
  open(sealed: Uint8Array): unknown {
    if (sealed.byteLength < nonceByteLength + tagByteLength) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, nonceByteLength), { authTagLength: tagByteLength });
    decipher.setAuthTag(sealed.subarray(sealed.byteLength - tagByteLength));
    try {
      const content = decipher.update(sealed.subarray(nonceByteLength, sealed.byteLength - tagByteLength));
      return JSON.parse(Buffer.concat([content, decipher.final()]).toString('utf8'));
    } catch {
      return undefined;
    }
  }
}
