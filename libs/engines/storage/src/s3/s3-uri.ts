import { TesseraError } from '@tessera/domain';
import { encodeText } from './sign-request.ts';

/** A bucket and a key in it as plain text; the empty key is the bucket itself. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Letters, digits, dots and hyphens (Amazon S3 user guide, "Bucket naming rules"); other servers also allow underscores and capitals. */
const bucketPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;
const maxKeyByteLength = 1024;

/**
 * The location that `s3://bucket/percent-encoded/key` names; a slash at the end does not count.
 * @throws TesseraError invalid_argument, or permission_denied for a key that a server could take for a way out of its folder.
 */
export function parseS3Uri(uri: string): S3Location {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(?:\/(.*?)\/?)?$/is.exec(uri) ?? [];
  return checkLocation({ bucket, key: decode(path) });
}

/** The location that a person wrote: the key stands as it is, nothing in it is an escape. */
export function parseS3Path(text: string): S3Location {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)(?:\/(.*?)\/?)?$/is.exec(text) ?? [];
  return checkLocation({ bucket, key });
}

/** The URI by which an object, or a folder, is known here. */
export function formatS3Uri({ bucket, key }: S3Location): string {
  return key === '' ? `s3://${bucket}` : `s3://${bucket}/${encodeKey(key)}`;
}

/** A key in a URI's path. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeText).join('/');
}

/** Whether a key may be asked for: text that has no folder of an empty name, nor one that leads up. */
export function isSoundKey(key: string): boolean {
  return key.isWellFormed() && !key.includes('\0') && Buffer.byteLength(key) <= maxKeyByteLength
    && key.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

function checkLocation(location: S3Location): S3Location {
  if (!bucketPattern.test(location.bucket)) throw new TesseraError('invalid_argument', 'An object must be named by a URI such as "s3://bucket/folder/name".');
  if (location.key !== '' && !isSoundKey(location.key)) throw new TesseraError('permission_denied', 'The S3 URI contains a key that this server does not ask for.');
  return location;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new TesseraError('permission_denied', 'The S3 URI contains an escape that no key has.');
  }
}
