import type { Call, FindRequest, Page, Principal, Search } from '@tessera/domain';
import { decodePage } from '../catalog/page.wire.ts';
import type { ClusterChannel } from '../channel.ts';
import { invokeUnary, type Method } from '../invoke.ts';
import { loadService } from '../protos.ts';
import { encodeFind, type FindReplyMessage, type StatusMessage } from './search.wire.ts';

/** A rebuild reads the whole catalog. */
const rebuildTimeoutMs = 60 * 60_000;

/** The search index of another process. */
export class SearchClient implements Search {
  private readonly methods: Readonly<Record<string, Method<unknown, unknown>>>;

  constructor(private readonly channel: ClusterChannel) {
    this.methods = loadService('search', channel.protoDirectory);
  }

  async find(principal: Principal, request: FindRequest, call?: Call): Promise<Page<number>> {
    const invocation = { proof: { by: 'secret', principal }, call } as const;
    const reply = (await invokeUnary(this.channel, this.methods['Find']!, encodeFind(request), invocation)) as FindReplyMessage;
    return decodePage(reply.ids ?? [], reply);
  }

  async status(call?: Call): Promise<{ readonly documents: number; readonly sequence: number }> {
    const reply = (await invokeUnary(this.channel, this.methods['Status']!, {}, { proof: { by: 'secret' }, call })) as StatusMessage;
    return { documents: reply.documents ?? 0, sequence: reply.sequence ?? 0 };
  }

  async rebuild(call?: Call): Promise<void> {
    await invokeUnary(this.channel, this.methods['Rebuild']!, {}, { proof: { by: 'secret' }, call, timeoutMs: rebuildTimeoutMs });
  }
}
