import { crc32 } from 'node:zlib';
import { etagMatches, sendBytes } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ZarrObject } from './zarr-object.ts';

const encoder = new TextEncoder();

/** Answers with what a key of a store holds, in either version. */
export async function sendObject(request: FastifyRequest, reply: FastifyReply, object: ZarrObject): Promise<void> {
  switch (object.kind) {
    case 'json':
      return sendBytes(request, reply, { mediaType: 'application/json', body: encoder.encode(JSON.stringify(object.document)) });
    case 'listing':
      return sendBytes(request, reply, { mediaType: 'application/json', body: jsonList(object.urls) });
    case 'chunk': {
      // A client that has the chunk is told so before anything is read, where the tag alone can say it.
      const known = !object.isVolatile && etagMatches(request.headers['if-none-match'], object.tag);
      const body = known ? new Uint8Array() : await object.read();
      const etag = object.isVolatile ? `${object.tag}-${body.byteLength}-${crc32(body).toString(16)}` : object.tag;
      return sendBytes(request, reply, { mediaType: 'application/octet-stream', etag, body, compress: false });
    }
  }
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
