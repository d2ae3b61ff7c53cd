import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { TesseraError, type Catalog, type Node, type Search } from '@tessera/domain';
import { CATALOG, RequireScopes, SEARCH, sendDocument } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDistinct } from '../collect-distinct.ts';
import { listNodes, type Listing } from '../list-nodes.ts';
import { openNode, type OpenedNode } from '../open-node.ts';
import { ParameterReader } from '../parse-parameters.ts';
import { parseQuery } from '../parse-query.ts';

const nodesAtOnce = 300;
const maxKeys = 20;

@Controller(['api/v1', ''])
export class DistinctController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog, @Inject(SEARCH) private readonly search: Search) {}

  /** The different values of metadata, families and specs among the children of a container. */
  @RequireScopes('read:metadata')
  @Get(['distinct', 'distinct/*'])
  async distinct(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const parameters = new ParameterReader(request.query);
    const wanted = {
      metadata: [...new Set(parameters.list('metadata'))],
      structureFamilies: parameters.boolean('structure_families'),
      specs: parameters.boolean('specs'),
      counts: parameters.boolean('counts'),
    };
    parameters.check();
    if (wanted.metadata.length > maxKeys) throw new TesseraError('invalid_argument', `At most ${maxKeys} keys of metadata can be given.`);
    const query = parseQuery(request.query);
    const opened = await openNode(this.catalog, request, reply, 'any');
    if (opened.family !== 'container') throw new TesseraError('unsupported', 'This node does not support distinct.');
    const nothingWanted = wanted.metadata.length === 0 && !wanted.structureFamilies && !wanted.specs;
    const nodes = nothingWanted ? none() : this.children(opened, query);
    await sendDocument(request, reply, await collectDistinct(nodes, wanted));
  }

  private async *children({ principal, node: parent, call }: OpenedNode, query: Listing['query']): AsyncGenerator<Node> {
    let place = {};
    for (;;) {
      const page = { limit: nodesAtOnce, ...place };
      const listing = { parent, query, page, sort: [], exactCount: false, readableOnly: false, withDataSources: false, withChildCount: false };
      const { items, next } = await listNodes(this.catalog, this.search, principal, listing, call);
      yield* items;
      if (!next) return;
      place = next;
    }
  }
}

async function* none(): AsyncGenerator<Node> {}
