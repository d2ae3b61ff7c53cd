import { resolve } from 'node:path';
import { TesseraError } from '@tessera/domain';
import type { S3Credentials, StoreOptions } from '@tessera/storage';
import type { Config } from './config.ts';
import { readPem } from './read-pem.ts';
import { isRemotePath, servedUri } from './served-path.ts';

/** What may be read, and how: the served and readable paths by where they lie. @throws TesseraError invalid_argument. */
export function storeOptions({ serve, storage: { s3, remote }, roles }: Config): StoreOptions {
  const paths = [...serve.paths, ...serve.read];
  const uris = paths.filter(isRemotePath).map(servedUri);
  const [s3Roots, httpRoots] = [uris.filter((uri) => uri.startsWith('s3:')), uris.filter((uri) => uri.startsWith('http'))];
  const { maxConnections, timeoutMs, attempts, certificateAuthorities } = remote;
  const trust = certificateAuthorities === undefined ? {} : { certificateAuthorities: readPem(certificateAuthorities, 'storage.remote.certificateAuthorities') };
  const access = { maxConnections, timeoutMs, retry: { attempts }, ...trust };
  // Others pass only the name of an object on.
  const touchesBytes = roles.includes('reader') || roles.includes('catalog');
  return {
    roots: paths.filter((path) => !isRemotePath(path)).map((path) => resolve(path)),
    ...(s3Roots.length > 0 && touchesBytes ? { s3: { ...access, roots: s3Roots, ...s3Access(s3) } } : {}),
    ...(httpRoots.length > 0 && touchesBytes ? { http: { ...access, roots: httpRoots } } : {}),
  };
}

function s3Access({ endpoint, region, pathStyle, anonymous, accessKeyId, secretAccessKey, sessionToken }: Config['storage']['s3']) {
  const place = { region, ...(endpoint === undefined ? {} : { endpoint }), ...(pathStyle === undefined ? {} : { pathStyle }) };
  if (anonymous) return place;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new TesseraError('invalid_argument', 'To read from S3, set storage.s3.accessKeyId and storage.s3.secretAccessKey (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or storage.s3.anonymous for public buckets.');
  }
  const credentials: S3Credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return { ...place, credentials };
}
