import { etagOf, sendBytes, sendChunk, varyWith } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { htmlListing, jsonListing } from './listing-page.ts';
import type { ZarrObject } from './zarr-object.ts';

const encoder = new TextEncoder();

/** Answers with what a key of a store holds, in either version. */
export async function sendObject(request: FastifyRequest, reply: FastifyReply, object: ZarrObject): Promise<void> {
  switch (object.kind) {
    case 'json': {
      const byteLength = object.pieces.reduce((length, piece) => length + Buffer.byteLength(piece), 0);
      return sendBytes(request, reply, { mediaType: 'application/json', etag: etagOf(...object.pieces), byteLength, body: encoded(object.pieces) });
    }
    case 'listing':
      return sendListing(request, reply, object);
    case 'chunk':
      return sendChunk(request, reply, object, { mediaType: 'application/octet-stream', compress: false });
  }
}

/** Texts shorter than this are sent together. */
const pieceLength = 64 * 1024;

async function* encoded(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Uint8Array> {
  let gathered = '';
  for await (const text of texts) {
    gathered += text;
    if (gathered.length < pieceLength) continue;
    yield encoder.encode(gathered);
    gathered = '';
  }
  if (gathered !== '') yield encoder.encode(gathered);
}

/** HTML is what fsspec reads, whatever it says that it accepts; JSON is for those who ask for it. */
function sendListing(request: FastifyRequest, reply: FastifyReply, { url, keys }: Extract<ZarrObject, { kind: 'listing' }>): Promise<void> {
  const accepted = request.headers.accept ?? '';
  const isJson = accepted.includes('application/json') && !accepted.includes('text/html');
  const [mediaType, texts] = isJson ? ['application/json', jsonListing(url, keys)] as const : ['text/html', htmlListing(url, keys)] as const;
  return sendBytes(request, reply, { mediaType, body: encoded(texts), headers: { vary: varyWith(reply, 'Accept') } });
}
