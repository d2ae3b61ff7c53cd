import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Ingest } from '@tessera/domain';
import { handleUnary, type Incoming, type ServerContext } from '../handle.ts';

/** Handlers that serve an ingest to other processes. */
export function ingestHandlers(ingest: Ingest, context: ServerContext): UntypedServiceImplementation {
  return {
    Refresh: handleUnary(context, 'secret', async ({ request, call, principal }: Incoming<{ path?: string[] }>) => {
      await ingest.refresh(principal(), request.path ?? [], call);
      return {};
    }),
  };
}
