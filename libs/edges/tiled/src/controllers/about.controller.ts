import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Identity, OfferedMediaTypes } from '@tessera/domain';
import { HTTP_OPTIONS, IDENTITY, Public, apiBase, callOf, mediaTypesOf, sendDocument, serverBase, type HttpOptions } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { datasetMediaTypes } from '../export-dataset.ts';
import { queryNames } from '../parse-query.ts';

/** The version of the wire contract, which clients compare with their own needs. */
const libraryVersion = '0.2.16';
/** How long clients may keep the document, seconds. */
const maxAge = 600;

@Controller('api/v1')
export class AboutController {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(HTTP_OPTIONS) private readonly options: Pick<HttpOptions, 'rootPath'>,
  ) {}

  /** What the server is and can do; needs no credentials. */
  @Public()
  @Get()
  async about(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { authenticationRequired } = await this.identity.describe(callOf(request, reply));
    const mediaTypes = mediaTypesOf(request);
    const document = {
      api_version: 0,
      library_version: libraryVersion,
      formats: { ...mediaTypes.byFamily, xarray_dataset: [...mediaTypes.byFamily.container, ...datasetMediaTypes] },
      aliases: aliasesByFamily(mediaTypes),
      queries: queryNames,
      authentication: { required: authenticationRequired, providers: [], links: null },
      links: { self: apiBase(request), documentation: `${serverBase(request)}/` },
      meta: { root_path: `${(this.options.rootPath ?? '').replace(/\/+$/, '')}/api` },
    };
    await sendDocument(request, reply, document, { maxAge });
  }
}

function aliasesByFamily({ byFamily, aliases }: OfferedMediaTypes): Record<string, Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(byFamily).map(([family, mediaTypes]) => [
      family,
      Object.fromEntries(mediaTypes.flatMap((mediaType) => (aliases[mediaType] ? [[mediaType, aliases[mediaType]]] : []))),
    ]),
  );
}
