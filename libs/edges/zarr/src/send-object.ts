import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { etagMatches, sendBytes, tagsIn } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ZarrObject } from './zarr-object.ts';

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/** Answers with what a key of a store holds, in either version. */
export async function sendObject(request: FastifyRequest, reply: FastifyReply, object: ZarrObject): Promise<void> {
  switch (object.kind) {
    case 'json':
      return sendBytes(request, reply, { mediaType: 'application/json', body: encoder.encode(JSON.stringify(object.document)) });
    case 'listing':
      return sendBytes(request, reply, { mediaType: 'application/json', body: jsonList(object.urls) });
    case 'chunk':
      return sendBytes(request, reply, { mediaType: 'application/octet-stream', compress: false, ...(await openChunk(request, object)) });
  }
}

/** A client that has the chunk is told so before anything is read: by its tag alone, or by a look at where it lies. */
async function openChunk(request: FastifyRequest, { tag, isVolatile, read }: Extract<ZarrObject, { kind: 'chunk' }>): Promise<{ readonly etag: string; readonly body: Uint8Array }> {
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

/** A JSON array of strings, an item at a time. */
async function* jsonList(items: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let before = '[';
  for await (const item of items) {
    yield encoder.encode(`${before}${JSON.stringify(item)}`);
    before = ', ';
  }
  yield encoder.encode(before === '[' ? '[]' : ']');
}
