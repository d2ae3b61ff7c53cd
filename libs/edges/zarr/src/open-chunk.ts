import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { etagMatches, tagsIn } from '@tessera/http';
import type { FastifyRequest } from 'fastify';
import type { ZarrObject } from './zarr-object.ts';

const nothing = new Uint8Array();

/** A client that has the chunk is told so before anything is read: by its tag alone, or by a look at where it lies. */
export async function openChunk(request: FastifyRequest, { tag, isVolatile, read }: Extract<ZarrObject, { kind: 'chunk' }>): Promise<{ readonly etag: string; readonly body: Uint8Array }> {
  const asked = request.headers['if-none-match'];
  if (!isVolatile) return { etag: tag, body: etagMatches(asked, tag) ? nothing : (await read()).bytes! };
  const { bytes, version } = await read(versionIn(asked, tag));
  if (version !== undefined) return { etag: `${tag}.${tokenOf(version)}`, body: bytes ?? nothing };
  return { etag: `${tag}-${bytes!.byteLength}-${crc32(bytes!).toString(16)}`, body: bytes! };
}

/** A version as part of a tag: stores of others may use any characters. */
function tokenOf(version: string): string {
  return /^[\w.-]+$/.test(version) ? version : hash('sha256', version);
}

/** The version that an If-None-Match header names, if it names one of this chunk. */
function versionIn(header: string | undefined, tag: string): string | undefined {
  return header === undefined ? undefined : tagsIn(header).find((item) => item.startsWith(`${tag}.`))?.slice(tag.length + 1);
}
