// Content codings of responses. Only what is well worth it is compressed, off the event loop.
import { promisify } from 'node:util';
import { constants, createGzip, createZstdCompress, gzip, zstdCompress } from 'node:zlib';
import type { Transform } from 'node:stream';

export type ContentCoding = 'zstd' | 'gzip';

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);

/** Shorter bodies gain nothing. */
export const minCompressByteLength = 1000;
/** A result must be this much smaller than the original to be sent. */
const worthwhileRatio = 0.9;

const dataTypes = new Set(['application/octet-stream', 'application/vnd.apache.arrow.file', 'application/vnd.apache.arrow.stream']);
const documentTypes = new Set(['application/json', 'application/x-msgpack', 'application/json-seq', 'application/vnd.ms-excel']);

/** Whether bodies of a media type are ever compressed. */
export function isCompressible(mediaType: string): boolean {
  const base = mediaType.split(';')[0]!.trim();
  return dataTypes.has(base) || documentTypes.has(base) || base.startsWith('text/');
}

/** The coding to use: ours to choose among those that the client lists; q-values other than 0 are not looked at. */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding | undefined {
  if (!acceptEncoding) return undefined;
  const offered = acceptEncoding.split(',').map((item) => item.trim().toLowerCase()).filter((item) => !/;\s*q=0(\.0*)?$/.test(item));
  const names = new Set(offered.map((item) => item.split(';')[0]!.trim()));
  return names.has('zstd') ? 'zstd' : names.has('gzip') ? 'gzip' : undefined;
}

/** A whole body compressed, or undefined if that is not worth it. */
export async function compressBody(body: Uint8Array, coding: ContentCoding, mediaType: string): Promise<Uint8Array | undefined> {
  if (body.byteLength < minCompressByteLength) return undefined;
  const packed = coding === 'zstd' ? await zstdAsync(body, zstdOptions(mediaType)) : await gzipAsync(body, { level: gzipLevel(mediaType) });
  return packed.byteLength < body.byteLength * worthwhileRatio ? packed : undefined;
}

/** A stream that compresses; zstd makes a single frame, which is all that clients read. */
export function makeCompressor(coding: ContentCoding, mediaType: string): Transform {
  return coding === 'zstd' ? createZstdCompress(zstdOptions(mediaType)) : createGzip({ level: gzipLevel(mediaType) });
}

const isData = (mediaType: string) => dataTypes.has(mediaType.split(';')[0]!);

// Elements compress hardly any better at higher levels, for twice the time.
const zstdOptions = (mediaType: string) => ({ params: { [constants.ZSTD_c_compressionLevel]: isData(mediaType) ? 1 : 3 } });

const gzipLevel = (mediaType: string) => (isData(mediaType) ? 1 : 6);
