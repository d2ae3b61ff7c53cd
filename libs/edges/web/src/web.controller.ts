import { Controller, Get, Inject, Req, Res, UseFilters } from '@nestjs/common';
import { mintTicket, structureOf, TesseraError, type Call, type Catalog, type Node, type Page, type Principal, type Reader, type Search } from '@tessera/domain';
import { CATALOG, Public, READER, RequireScopes, SEARCH, apiBase, callOf, nodePathOf, principalOf, respond, sendDocument } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Html } from './html.ts';
import { PageErrorFilter } from './page-error.filter.ts';
import { arrayPage } from './pages/array-page.ts';
import { containerPage } from './pages/container-page.ts';
import { tablePage } from './pages/table-page.ts';
import { firstRows, firstValues } from './preview.ts';
import { pageHeaders, sendPage, wantsPage } from './send-page.ts';
import { Site } from './site.ts';
import { icon } from './style.ts';

const pageLimit = 100;
/** Deeper places of a listing are found by searching. */
const maxOffset = 1_000_000;

interface Visit {
  readonly site: Site;
  readonly principal: Principal;
  readonly call: Call;
  readonly node: Node;
  readonly column: string | undefined;
}

/** The tree as pages for people; they work without scripts. */
@Controller()
@UseFilters(PageErrorFilter)
export class WebController {
  constructor(
    @Inject(CATALOG) private readonly catalog: Catalog,
    @Inject(SEARCH) private readonly search: Search,
    @Inject(READER) private readonly reader: Reader,
  ) {}

  @RequireScopes('read:metadata')
  @Get(['', 'browse', 'browse/*'])
  async browse(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const path = nodePathOf(request);
    if (path.length === 0 && !wantsPage(request)) return sendDocument(request, reply, { links: { api: `${apiBase(request)}/` } });
    const query = request.query as Record<string, unknown>;
    // The guard has put the key into a cookie: it need not stay in the address.
    if (query['api_key'] !== undefined) return redirectWithoutKey(request, reply);
    const principal = principalOf(request);
    const call = callOf(request, reply);
    const { node, column } = await this.catalog.resolve(principal, path, { withChildCount: true }, call);
    if (node.problem !== undefined) throw new TesseraError('gone', node.problem);
    sendPage(request, reply, await this.page({ site: new Site(request), principal, call, node, column }, query));
  }

  @Public()
  @Get(['favicon.svg', 'favicon.ico'])
  favicon(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    respond(request, reply, 200, { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400', 'content-security-policy': "default-src 'none'" }, icon);
  }

  private async page(visit: Visit, query: Record<string, unknown>): Promise<Html> {
    const { node, column } = visit;
    if (column !== undefined || node.structure.family === 'array' || node.structure.family === 'sparse') return this.arrayPage(visit);
    if (node.structure.family === 'table') return this.tablePage(visit);
    if (node.structure.family === 'container') return this.containerPage(visit, query);
    throw new TesseraError('unsupported', 'There is no page for this kind of entry.');
  }

  private async containerPage({ site, principal, call, node }: Visit, query: Record<string, unknown>): Promise<Html> {
    const offset = readOffset(query['offset']);
    const text = typeof query['text'] === 'string' ? query['text'].trim() : '';
    const page = { limit: pageLimit, ...(offset > 0 ? { offset } : {}) };
    const children = text === ''
      ? await this.catalog.children(principal, node.path, { page, sort: [], withChildCount: true }, call)
      : await this.find(principal, node, text, page, call);
    return containerPage(site, { node, children, offset, limit: pageLimit, text, needsKey: needsKey(principal) });
  }

  private async find(principal: Principal, parent: Node, text: string, page: { limit: number; offset?: number }, call: Call): Promise<Page<Node>> {
    const found = await this.search.find(principal, { parentId: parent.id, query: { op: 'fulltext', text }, page, sort: [] }, call);
    const nodes = found.items.length === 0 ? [] : await this.catalog.nodes(principal, found.items, { withChildCount: true }, call);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    return { ...found, items: found.items.flatMap((id) => byId.get(id) ?? []) };
  }

  private async arrayPage({ site, principal, call, node, column }: Visit): Promise<Html> {
    const { structure } = node;
    const ticket = mintTicket(principal, node);
    const array = structure.family === 'array' ? structure.array : structure.family === 'sparse' ? structure.sparse : structureOf(await this.reader.describe(ticket, column, call));
    const family = structure.family === 'sparse' ? 'sparse' : 'array';
    const mayRead = principal.scopes.includes('read:data');
    const values = mayRead && family === 'array' ? await firstValues(this.reader, ticket, array, column, call) : undefined;
    const isColumn = column !== undefined;
    return arrayPage(site, {
      path: isColumn ? [...node.path, column] : node.path,
      family, structure: array, values,
      metadata: isColumn ? {} : node.metadata,
      specs: isColumn ? [] : node.specs,
      needsKey: needsKey(principal),
    });
  }

  private async tablePage({ site, principal, call, node }: Visit): Promise<Html> {
    if (node.structure.family !== 'table') throw new TesseraError('unsupported', 'This node is no table.');
    const { table } = node.structure;
    const mayRead = principal.scopes.includes('read:data') && table.partitionCount > 0 && table.columns.length > 0;
    const rows = mayRead ? await firstRows(this.reader, mintTicket(principal, node), table.columns, call) : undefined;
    return tablePage(site, { path: node.path, structure: table, metadata: node.metadata, specs: node.specs, rows, needsKey: needsKey(principal) });
  }
}

const needsKey = (principal: Principal) => principal.kind !== 'anonymous';

function readOffset(value: unknown): number {
  if (value === undefined) return 0;
  const offset = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  if (!(offset <= maxOffset)) throw new TesseraError('invalid_argument', `The offset must be a whole number up to ${maxOffset}.`);
  return offset;
}

function redirectWithoutKey(request: FastifyRequest, reply: FastifyReply): void {
  const query = (request.raw.url ?? '').split('?')[1] ?? '';
  const rest = query.split('&').filter((pair) => pair !== '' && !isKey(pair));
  const location = new Site(request).here(request) + (rest.length > 0 ? `?${rest.join('&')}` : '');
  respond(request, reply, 303, { ...pageHeaders, location });
}

function isKey(pair: string): boolean {
  return new URLSearchParams(pair).has('api_key');
}
