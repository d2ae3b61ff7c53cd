import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Catalog, RegisteredSource } from '@tessera/domain';
import { handleBidiStream, handleServerStream, handleUnary, type Incoming, type ServerContext } from '../handle.ts';
import {
  decodeListRequest, decodeOptions, decodeRegistrations, encodeNodePages,
  type ChildrenMessage, type OptionsMessage, type RegisteredSourcePageMessage, type RegisterPieceMessage,
} from './catalog.wire.ts';
import { encodeNode, encodeSource, present } from './node.wire.ts';
import { encodePageEnd } from './page.wire.ts';

const sourcesPerPiece = 1_000;

/** Handlers that serve a catalog to other processes. */
export function catalogHandlers(catalog: Catalog, context: ServerContext): UntypedServiceImplementation {
  return {
    Resolve: handleUnary(context, 'secret', async ({ request, call, principal }: Incoming<OptionsMessage & { path?: string[] }>) => {
      const { node, column } = await catalog.resolve(principal(), request.path ?? [], decodeOptions(request), call);
      return { node: encodeNode(node), column };
    }),
    Children: handleServerStream(context, 'secret', async function* ({ request, call, principal }: Incoming<ChildrenMessage>) {
      const page = await catalog.children(principal(), request.path ?? [], decodeListRequest(request), call);
      yield* encodeNodePages(page.items, encodePageEnd(page));
    }),
    Nodes: handleServerStream(context, 'secret', async function* ({ request, call, principal }: Incoming<OptionsMessage & { ids?: number[] }>) {
      yield* encodeNodePages(await catalog.nodes(principal(), request.ids ?? [], decodeOptions(request), call), {});
    }),
    Scan: handleServerStream(context, 'secret', async function* ({ request, call, principal }: Incoming<{ afterId?: number; limit?: number }>) {
      yield* encodeNodePages(await catalog.scan(principal(), { limit: request.limit ?? 0, ...present('afterId', request.afterId) }, call), {});
    }),
    Register: handleBidiStream(context, 'secret', async function* ({ request, call, principal }: Incoming<AsyncIterable<RegisterPieceMessage>>) {
      const onBehalfOf = principal();
      const registrations = await decodeRegistrations(request);
      yield* encodeNodePages(await catalog.register(onBehalfOf, registrations, call), {});
    }),
    Remove: handleUnary(context, 'secret', async ({ request, call, principal }: Incoming<{ path?: string[] }>) => {
      await catalog.remove(principal(), request.path ?? [], call);
      return {};
    }),
    RegisteredSources: handleServerStream(context, 'secret', async function* ({ request, call, principal }: Incoming<{ uriPrefix?: string }>) {
      yield* encodeSources(await catalog.registeredSources(principal(), request.uriPrefix ?? '', call));
    }),
  };
}

function* encodeSources(sources: readonly RegisteredSource[]): Generator<RegisteredSourcePageMessage> {
  for (let at = 0; at < sources.length; at += sourcesPerPiece) {
    yield { sources: sources.slice(at, at + sourcesPerPiece).map((source) => ({ source: encodeSource(source), path: source.path })) };
  }
}
