import type { HttpRequest } from '../http/http-exchange.ts';
import { RequestSigner, formatQuery, type S3Credentials } from './sign-request.ts';
import { encodeKey, type S3Location } from './s3-uri.ts';

export interface S3EndpointOptions {
  /** URL of the server, perhaps with a path; Amazon's of the region if absent. */
  readonly endpoint?: string;
  readonly region: string;
  /** Whether the bucket stands in the path rather than in the host's name. Absent = in the path of any server but Amazon's. */
  readonly pathStyle?: boolean;
  /** Absent = requests are not signed. */
  readonly credentials?: S3Credentials;
}

/** Where the requests for buckets and keys go, and how they are signed. */
export class S3Endpoint {
  readonly #url: URL;
  readonly #pathStyle: boolean;
  readonly #signer: RequestSigner | undefined;

  constructor({ endpoint, region, pathStyle, credentials }: S3EndpointOptions) {
    this.#url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
    this.#pathStyle = pathStyle ?? endpoint !== undefined;
    this.#signer = credentials && new RequestSigner(credentials, region);
  }

  /** The head of a request: for an object, or for the bucket if the key is empty. */
  request(method: string, { bucket, key }: S3Location, query: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>, body?: Uint8Array): Pick<HttpRequest, 'origin' | 'path' | 'headers'> {
    // A certificate for all buckets of a host does not cover names with dots.
    const inPath = this.#pathStyle || bucket.includes('.');
    const origin = inPath ? this.#url : Object.assign(new URL(this.#url), { hostname: `${bucket}.${this.#url.hostname}` });
    const base = this.#url.pathname.replace(/\/+$/, '');
    const path = `${base}${inPath ? `/${bucket}` : ''}${key === '' && inPath ? '' : '/'}${encodeKey(key)}`;
    const signed = this.#signer?.sign({ method, host: origin.host, path, query, ...(body ? { body } : {}) }) ?? { host: origin.host };
    const text = formatQuery(query);
    return { origin, path: text === '' ? path : `${path}?${text}`, headers: { ...headers, ...signed } };
  }
}
