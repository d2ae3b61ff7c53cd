import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Search } from '@tessera/domain';
import { encodePageEnd } from '../catalog/page.wire.ts';
import { handleUnary, type Incoming, type ServerContext } from '../handle.ts';
import { decodeFind, type FindMessage, type FindReplyMessage } from './search.wire.ts';

/** Handlers that serve a search index to other processes. */
export function searchHandlers(search: Search, context: ServerContext): UntypedServiceImplementation {
  return {
    Find: handleUnary(context, 'secret', async ({ request, call, principal }: Incoming<FindMessage>): Promise<FindReplyMessage> => {
      const page = await search.find(principal(), decodeFind(request), call);
      return { ids: page.items, ...encodePageEnd(page) };
    }),
    Status: handleUnary(context, 'secret', ({ call }: Incoming<unknown>) => search.status(call)),
    Rebuild: handleUnary(context, 'secret', async ({ call }: Incoming<unknown>) => {
      await search.rebuild(call);
      return {};
    }),
  };
}
