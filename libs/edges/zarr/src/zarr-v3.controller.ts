import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Catalog, Reader } from '@tessera/domain';
import { CATALOG, READER, RequireScopes, callOf, principalOf, serverBase, wildcardPathOf } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendObject } from './send-object.ts';
import { ZarrV3Store } from './zarr-v3.store.ts';

/** `/zarr/v3/…`: the whole tree as one Zarr v3 store. HEAD comes with GET. */
@Controller('zarr/v3')
export class ZarrV3Controller {
  readonly #store: ZarrV3Store;

  constructor(@Inject(CATALOG) catalog: Catalog, @Inject(READER) reader: Reader) {
    this.#store = new ZarrV3Store(catalog, reader);
  }

  @Get(['', '*'])
  @RequireScopes('read:metadata')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const object = await this.#store.get(principalOf(request), wildcardPathOf(request), `${serverBase(request)}/zarr/v3`, callOf(request, reply));
    await sendObject(request, reply, object);
  }
}
