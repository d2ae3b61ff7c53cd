// AWS Signature Version 4 in the Authorization header, for requests without a body or with one of known hash
// (Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)").
import { createHash, createHmac } from 'node:crypto';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

export interface UnsignedRequest {
  readonly method: string;
  readonly host: string;
  /** Percent-encoded as it is sent. */
  readonly path: string;
  /** Names and values as text, not encoded. */
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Hash of no bytes. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Signs for one region with one set of credentials; the day's key is derived once. */
export class RequestSigner {
  readonly #credentials: S3Credentials;
  readonly #region: string;
  #day = '';
  #dayKey: Buffer = Buffer.alloc(0);

  constructor(credentials: S3Credentials, region: string) {
    this.#credentials = credentials;
    this.#region = region;
  }

  /** The headers that make the request authentic, `host` among them. Others may be added unsigned. */
  sign(request: UnsignedRequest, now = new Date()): Record<string, string> {
    const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
    const hash = request.body ? sha256(request.body) : emptyHash;
    const { accessKeyId, sessionToken } = this.#credentials;
    const headers: Record<string, string> = {
      host: request.host, 'x-amz-content-sha256': hash, 'x-amz-date': time, ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(headers).join(';');
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join('');
    const canonical = [request.method, request.path, formatQuery(request.query), lines, names, hash].join('\n');
    const day = time.slice(0, 8);
    const scope = `${day}/${this.#region}/s3/aws4_request`;
    const signature = hmac(this.#keyOf(day), ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
    return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${names},Signature=${signature}` };
  }

  #keyOf(day: string): Buffer {
    if (this.#day !== day) {
      this.#dayKey = [day, this.#region, 's3', 'aws4_request'].reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${this.#credentials.secretAccessKey}`));
      this.#day = day;
    }
    return this.#dayKey;
  }
}

/** A query in canonical order and encoding, its names being ASCII; empty if there is none. */
export function formatQuery(query: Readonly<Record<string, string>>): string {
  return Object.keys(query).sort().map((name) => `${encodeText(name)}=${encodeText(query[name]!)}`).join('&');
}

/** Percent-encodes all but the unreserved characters (RFC 3986, section 2.3), as signatures want it. */
export function encodeText(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
