import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { Catalog, Reader } from '@tessera/domain';
import { CATALOG, HTTP_OPTIONS, READER, RequireScopes, type HttpOptions } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openNode } from '../open-node.ts';
import { ParameterReader } from '../parse-parameters.ts';
import { sendTable } from '../send-table.ts';

// `dataframe` is what older clients and pages call a table.
const fullPaths = ['table/full', 'table/full/*', 'dataframe/full', 'dataframe/full/*'];
const partitionPaths = ['table/partition', 'table/partition/*', 'dataframe/partition', 'dataframe/partition/*'];

@Controller(['api/v1', ''])
export class TableController {
  constructor(
    @Inject(CATALOG) private readonly catalog: Catalog,
    @Inject(READER) private readonly reader: Reader,
    @Inject(HTTP_OPTIONS) private readonly options: Pick<HttpOptions, 'treeExporters'>,
  ) {}

  /** A whole table, or some of its columns. */
  @RequireScopes('read:data')
  @Get(fullPaths)
  async full(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await sendTable(this.reader, request, reply, await openNode(this.catalog, request, reply, ['table']), { treeExporters: this.options.treeExporters });
  }

  /** The same for lists of columns too long for a URL. */
  @RequireScopes('read:data')
  @Post(fullPaths)
  async fullByBody(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.full(request, reply);
  }

  /** The rows of one partition. */
  @RequireScopes('read:data')
  @Get(partitionPaths)
  async partition(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const reader = new ParameterReader(request.query);
    const partition = reader.integer('partition', 0);
    if (reader.text('partition') === undefined) reader.missing('partition');
    reader.check();
    await sendTable(this.reader, request, reply, await openNode(this.catalog, request, reply, ['table']), { partition });
  }

  @RequireScopes('read:data')
  @Post(partitionPaths)
  async partitionByBody(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.partition(request, reply);
  }
}
