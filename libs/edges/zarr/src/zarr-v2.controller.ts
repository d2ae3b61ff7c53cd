import { crc32 } from 'node:zlib';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Catalog, Reader } from '@tessera/domain';
import { CATALOG, READER, RequireScopes, callOf, etagMatches, principalOf, sendBytes, serverBase, wildcardPathOf } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PublishedArrays } from './published-arrays.ts';
import { ZarrV2Store, type ZarrObject } from './zarr-v2.store.ts';

const encoder = new TextEncoder();

/** `/zarr/v2/…`: the whole tree as one Zarr v2 store. HEAD comes with GET. */
@Controller('zarr/v2')
export class ZarrV2Controller {
  readonly #store: ZarrV2Store;

  constructor(@Inject(CATALOG) catalog: Catalog, @Inject(READER) reader: Reader) {
    this.#store = new ZarrV2Store(new PublishedArrays(catalog, reader), reader);
  }

  @Get(['', '*'])
  @RequireScopes('read:metadata')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const object = await this.#store.get(principalOf(request), wildcardPathOf(request), `${serverBase(request)}/zarr/v2`, callOf(request, reply));
    await send(request, reply, object);
  }
}

async function send(request: FastifyRequest, reply: FastifyReply, object: ZarrObject): Promise<void> {
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
