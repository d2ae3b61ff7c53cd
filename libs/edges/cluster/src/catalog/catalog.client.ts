import type { Call, Catalog, ListRequest, Node, NodePath, Page, Principal, RegisteredSource, Registration, Resolved, ResolveOptions, ScanRequest } from '@tessera/domain';
import type { ClusterChannel } from '../channel.ts';
import { invokeBidiStream, invokeServerStream, invokeUnary, type Invocation, type Method } from '../invoke.ts';
import { loadService } from '../protos.ts';
import { encodeChildren, encodeOptions, encodeRegistrations, type NodePageMessage, type RegisteredSourcePageMessage } from './catalog.wire.ts';
import { decodeNode, decodeSource, type NodeMessage } from './node.wire.ts';
import { decodePage, type PageEndMessage } from './page.wire.ts';

/** Removing a large subtree takes the database a while. */
const removeTimeoutMs = 10 * 60_000;

/** The catalog of another process. */
export class CatalogClient implements Catalog {
  private readonly methods: Readonly<Record<string, Method<unknown, unknown>>>;

  constructor(private readonly channel: ClusterChannel) {
    this.methods = loadService('catalog', channel.protoDirectory);
  }

  async resolve(principal: Principal, path: NodePath, options?: ResolveOptions, call?: Call): Promise<Resolved> {
    const request = { path, ...encodeOptions(options) };
    const reply = (await invokeUnary(this.channel, this.methods['Resolve']!, request, as(principal, call))) as { node?: NodeMessage; column?: string };
    const node = decodeNode(reply.node);
    return reply.column === undefined ? { node } : { node, column: reply.column };
  }

  async children(principal: Principal, path: NodePath, request: ListRequest, call?: Call): Promise<Page<Node>> {
    const pieces = invokeServerStream(this.channel, this.methods['Children']!, encodeChildren(path, request), as(principal, call));
    const { nodes, end } = await collect(pieces as AsyncIterable<NodePageMessage>);
    return decodePage(nodes, end);
  }

  async nodes(principal: Principal, ids: readonly number[], options?: ResolveOptions, call?: Call): Promise<readonly Node[]> {
    const pieces = invokeServerStream(this.channel, this.methods['Nodes']!, { ids, ...encodeOptions(options) }, as(principal, call));
    return (await collect(pieces as AsyncIterable<NodePageMessage>)).nodes;
  }

  async scan(principal: Principal, request: ScanRequest, call?: Call): Promise<readonly Node[]> {
    const pieces = invokeServerStream(this.channel, this.methods['Scan']!, { afterId: request.afterId, limit: request.limit }, as(principal, call));
    return (await collect(pieces as AsyncIterable<NodePageMessage>)).nodes;
  }

  async register(principal: Principal, registrations: readonly Registration[], call?: Call): Promise<readonly Node[]> {
    const pieces = invokeBidiStream(this.channel, this.methods['Register']!, encodeRegistrations(registrations), as(principal, call));
    return (await collect(pieces as AsyncIterable<NodePageMessage>)).nodes;
  }

  async remove(principal: Principal, path: NodePath, call?: Call): Promise<void> {
    await invokeUnary(this.channel, this.methods['Remove']!, { path }, { ...as(principal, call), timeoutMs: removeTimeoutMs });
  }

  async registeredSources(principal: Principal, uriPrefix: string, call?: Call): Promise<readonly RegisteredSource[]> {
    const pieces = invokeServerStream(this.channel, this.methods['RegisteredSources']!, { uriPrefix }, as(principal, call));
    const sources: RegisteredSource[] = [];
    for await (const piece of pieces as AsyncIterable<RegisteredSourcePageMessage>) {
      for (const { source, path } of piece.sources ?? []) sources.push({ ...decodeSource(source), path: path ?? [] });
    }
    return sources;
  }
}

const as = (principal: Principal, call: Call | undefined): Invocation => ({ proof: { by: 'secret', principal }, call });

async function collect(pieces: AsyncIterable<NodePageMessage>): Promise<{ nodes: Node[]; end: PageEndMessage }> {
  const nodes: Node[] = [];
  let end: PageEndMessage = {};
  for await (const piece of pieces) {
    for (const node of piece.nodes ?? []) nodes.push(decodeNode(node));
    end = piece;
  }
  return { nodes, end };
}
