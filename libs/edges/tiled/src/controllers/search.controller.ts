import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Catalog, Search } from '@tessera/domain';
import { CATALOG, RequireScopes, SEARCH, apiBase, sendDocument } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isKeysOnly, nodeDocument } from '../documents/node.ts';
import { pageLinks } from '../documents/page.ts';
import { listNodes } from '../list-nodes.ts';
import { openNode } from '../open-node.ts';
import { parsePage } from '../parse-page.ts';
import { ParameterReader } from '../parse-parameters.ts';
import { parseQuery } from '../parse-query.ts';
import { parseSort } from '../parse-sort.ts';
import { parseView, wantsChildCount } from '../parse-view.ts';

@Controller(['api/v1', ''])
export class SearchController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog, @Inject(SEARCH) private readonly search: Search) {}

  /** The children of a container, all or those that match the filters, in pages. */
  @RequireScopes('read:metadata')
  @Get(['search', 'search/*'])
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const parameters = new ParameterReader(request.query);
    const view = parseView(parameters);
    const sort = parseSort(request.query);
    const page = parsePage(parameters, sort);
    const query = parseQuery(request.query);
    const { principal, path, node: parent, call } = await openNode(this.catalog, request, reply, ['container']);
    const countOnly = view.fields.size === 1 && view.fields.has('count');
    const listing = {
      parent, query, sort,
      page: countOnly ? { limit: 0 } : page,
      exactCount: view.fields.has('count'),
      readableOnly: !countOnly && !isKeysOnly(view),
      withDataSources: view.includeDataSources,
      withChildCount: !countOnly && wantsChildCount(view),
    };
    const found = await listNodes(this.catalog, this.search, principal, listing, call);
    const base = apiBase(request);
    const document = {
      data: countOnly ? [] : found.items.map((node) => nodeDocument(base, node, view)),
      error: null,
      links: pageLinks(base, path, page, countOnly ? undefined : found.next),
      meta: { count: found.count },
    };
    await sendDocument(request, reply, document);
  }
}
