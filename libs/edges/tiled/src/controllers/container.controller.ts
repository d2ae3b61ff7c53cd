import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { Catalog, Reader } from '@tessera/domain';
import { CATALOG, READER, RequireScopes } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendContainer } from '../export-container.ts';
import { openNode } from '../open-node.ts';
import { sendTable } from '../send-table.ts';

const containerPaths = ['container/full', 'container/full/*'];

@Controller(['api/v1', ''])
export class ContainerController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog, @Inject(READER) private readonly reader: Reader) {}

  /** A whole tree in one file. */
  @RequireScopes('read:data')
  @Get(containerPaths)
  async full(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await sendContainer(this.catalog, request, reply, await openNode(this.catalog, request, reply, ['container']));
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
    if (opened.family === 'table') await sendTable(this.reader, request, reply, opened);
    else await sendContainer(this.catalog, request, reply, opened);
  }
}
