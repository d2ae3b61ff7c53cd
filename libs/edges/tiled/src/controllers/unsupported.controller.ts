import { Controller, Delete, Get, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { TesseraError, type Catalog } from '@tessera/domain';
import { CATALOG, RequireScopes } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openNode } from '../open-node.ts';

const withRest = (...paths: string[]) => paths.flatMap((path) => [path, `${path}/*`]);

const dataPaths = withRest('array/full', 'array/block', 'table/full', 'table/partition', 'node/full', 'sparse/full', 'awkward/full', 'ragged/full', 'ragged/block');

/** Routes of the contract that this server does not offer: whoever may use them is told so, with the node's existence checked first. */
@Controller('api/v1')
export class UnsupportedController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog) {}

  @RequireScopes('write:metadata', 'create:node')
  @Post(withRest('metadata', 'register'))
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.refuse(request, reply, 'This node does not accept new nodes: files are added on the server.');
  }

  @RequireScopes('write:metadata')
  @Put(withRest('metadata', 'data_source'))
  async replaceMetadata(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.refuse(request, reply, 'This node does not support update of metadata.');
  }

  @RequireScopes('write:metadata')
  @Patch(withRest('metadata'))
  async patchMetadata(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.refuse(request, reply, 'This node does not support update of metadata.');
  }

  @RequireScopes('delete:node', 'delete:revision')
  @Delete(withRest('metadata', 'revisions'))
  async remove(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.refuse(request, reply, 'This node does not support deletion.');
  }

  @RequireScopes('read:metadata')
  @Get(withRest('revisions'))
  async revisions(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.refuse(request, reply, 'This node does not support revisions.');
  }

  @RequireScopes('write:data')
  @Put(dataPaths)
  async write(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.refuse(request, reply, 'This node cannot accept data.');
  }

  @RequireScopes('write:data')
  @Patch(dataPaths)
  async append(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.refuse(request, reply, 'This node cannot accept data.');
  }

  private async refuse(request: FastifyRequest, reply: FastifyReply, sentence: string): Promise<never> {
    await openNode(this.catalog, request, reply, 'any');
    throw new TesseraError('unsupported', sentence);
  }
}
