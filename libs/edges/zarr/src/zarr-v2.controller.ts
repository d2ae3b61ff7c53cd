import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Catalog, Reader } from '@tessera/domain';
import { CATALOG, READER, RequireScopes, callOf, principalOf, serverBase, wildcardPathOf } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendObject } from './send-object.ts';
import { ZarrV2Store } from './zarr-v2.store.ts';

/** `/zarr/v2/…`: the whole tree as one Zarr v2 store. HEAD comes with GET. */
@Controller('zarr/v2')
export class ZarrV2Controller {
  readonly #store: ZarrV2Store;

  constructor(@Inject(CATALOG) catalog: Catalog, @Inject(READER) reader: Reader) {
    this.#store = new ZarrV2Store(catalog, reader);
  }

  @Get(['', '*'])
  @RequireScopes('read:metadata')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const object = await this.#store.get(principalOf(request), wildcardPathOf(request), `${serverBase(request)}/zarr/v2`, callOf(request, reply));
    await sendObject(request, reply, object);
  }
}
