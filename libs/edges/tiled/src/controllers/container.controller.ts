import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { Catalog, Reader } from '@tessera/domain';
import { CATALOG, HTTP_OPTIONS, READER, RequireScopes, type HttpOptions } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendContainer, type ContainerSources } from '../export-container.ts';
import { openNode } from '../open-node.ts';
import { sendTable } from '../send-table.ts';

const containerPaths = ['container/full', 'container/full/*'];

@Controller(['api/v1', ''])
export class ContainerController {
  private readonly sources: ContainerSources;

  constructor(
    @Inject(CATALOG) private readonly catalog: Catalog,
    @Inject(READER) private readonly reader: Reader,
    @Inject(HTTP_OPTIONS) private readonly options: Pick<HttpOptions, 'responseByteLimit' | 'treeExporters'>,
  ) {
    this.sources = { catalog, reader, byteLimit: options.responseByteLimit, treeExporters: options.treeExporters ?? new Map() };
  }

  /** A whole tree in one file. */
  @RequireScopes('read:data')
  @Get(containerPaths)
  async full(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await sendContainer(this.sources, request, reply, await openNode(this.catalog, request, reply, ['container']));
  }

  @RequireScopes('read:data')
  @Post(containerPaths)
  async fullByBody(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.full(request, reply);
  }

  /** What older clients ask for tables and containers alike. */
  @RequireScopes('read:data')
  @Get(['node/full', 'node/full/*'])
  async node(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const opened = await openNode(this.catalog, request, reply, ['container', 'table']);
    if (opened.family === 'table') await sendTable(this.reader, request, reply, opened, { treeExporters: this.options.treeExporters });
    else await sendContainer(this.sources, request, reply, opened);
  }
}
