import type { Call, Indexer, IndexRequest, NodeDraft } from '@tessera/domain';
import { decodeDraft, type NodeDraftMessage } from '../catalog/node.wire.ts';
import type { ClusterChannel } from '../channel.ts';
import { invokeServerStream, invokeUnary, type Method } from '../invoke.ts';
import { loadService } from '../protos.ts';
import { encodeIndexRequest } from './indexer.wire.ts';

/** The indexer of another process. */
export class IndexerClient implements Indexer {
  private readonly methods: Readonly<Record<string, Method<unknown, unknown>>>;

  constructor(private readonly channel: ClusterChannel) {
    this.methods = loadService('indexer', channel.protoDirectory);
  }

  async *index(request: IndexRequest, call?: Call): AsyncGenerator<NodeDraft, void, undefined> {
    const drafts = invokeServerStream(this.channel, this.methods['Index']!, encodeIndexRequest(request), { proof: { by: 'secret' }, call });
    for await (const draft of drafts) yield decodeDraft(draft as NodeDraftMessage);
  }

  async identify(uri: string, isDirectory: boolean, call?: Call): Promise<string | undefined> {
    const reply = await invokeUnary(this.channel, this.methods['Identify']!, { uri, isDirectory }, { proof: { by: 'secret' }, call });
    return (reply as { mediaType?: string }).mediaType;
  }
}
