import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Catalog, Reader } from '@tessera/domain';
import { CATALOG, READER, RequireScopes, apiBase, sendDocument } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openArray } from '../describe-array.ts';
import { columnDocument, nodeDocument, type NodeDocument } from '../documents/node.ts';
import { inlineContents } from '../inline-contents.ts';
import { openNode, type OpenedNode } from '../open-node.ts';
import { ParameterReader } from '../parse-parameters.ts';
import { parseView, wantsChildCount, type RequestedView } from '../parse-view.ts';

@Controller(['api/v1', ''])
export class MetadataController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog, @Inject(READER) private readonly reader: Reader) {}

  /** One node: metadata, structure, links. */
  @RequireScopes('read:metadata')
  @Get(['metadata', 'metadata/*'])
  async metadata(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const parameters = new ParameterReader(request.query);
    const view = parseView(parameters);
    const withRootPath = parameters.boolean('root_path');
    parameters.check();
    const options = { withDataSources: view.includeDataSources, withChildCount: wantsChildCount(view) };
    const opened = await openNode(this.catalog, request, reply, 'any', options);
    const data = await this.document(opened, view, apiBase(request));
    await sendDocument(request, reply, { data, error: null, links: null, meta: withRootPath ? { root_path: '/' } : {} });
  }

  private async document(opened: OpenedNode, view: RequestedView, base: string): Promise<NodeDocument> {
    const { node, column, path, principal, call } = opened;
    if (column !== undefined) return columnDocument(base, path, (await openArray(this.reader, opened)).structure, view);
    return nodeDocument(base, node, view, await inlineContents(this.catalog, principal, node, view, base, call));
  }
}
