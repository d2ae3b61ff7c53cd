import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Indexer } from '@tessera/domain';
import { encodeDraft } from '../catalog/node.wire.ts';
import { handleServerStream, handleUnary, type Incoming, type ServerContext } from '../handle.ts';
import { decodeIndexRequest, type IdentifyMessage, type IndexMessage } from './indexer.wire.ts';

/** Handlers that serve an indexer to other processes. */
export function indexerHandlers(indexer: Indexer, context: ServerContext): UntypedServiceImplementation {
  return {
    Index: handleServerStream(context, 'secret', async function* ({ request, call }: Incoming<IndexMessage>) {
      for await (const draft of indexer.index(decodeIndexRequest(request), call)) yield encodeDraft(draft);
    }),
    Identify: handleUnary(context, 'secret', async ({ request, call }: Incoming<IdentifyMessage>) => ({
      mediaType: await indexer.identify(request.uri ?? '', request.isDirectory ?? false, call),
    })),
  };
}
