import { type Call, type Indexer, type IndexRequest, type NodeDraft } from '@tessera/domain';
import { isTransportFailure } from '../error.wire.ts';
import type { ReaderGroup, ReaderMember } from '../reader/reader-group.ts';
import { IndexerClient } from './indexer.client.ts';

/** A file that brings down the process which indexes it must not bring down one reader after the other. */
const mostAttempts = 2;

/** The indexers of all readers as one, used in turn. */
export class IndexerPool implements Indexer {
  private readonly clients = new WeakMap<ReaderMember, IndexerClient>();
  private turn = 0;

  constructor(private readonly group: ReaderGroup) {}

  /** @throws TesseraError unavailable if the indexer is lost after the first node: the caller starts over. */
  async *index(request: IndexRequest, call?: Call): AsyncGenerator<NodeDraft, void, undefined> {
    let lost: unknown;
    for (const member of await this.candidates()) {
      let begun = false;
      try {
        for await (const draft of this.clientOf(member).index(request, call)) {
          begun = true;
          yield draft;
        }
        return;
      } catch (error) {
        this.noteLoss(member, error);
        if (begun) throw error;
        lost = error;
      }
    }
    throw lost;
  }

  async identify(uri: string, isDirectory: boolean, call?: Call): Promise<string | undefined> {
    let lost: unknown;
    for (const member of await this.candidates()) {
      try {
        return await this.clientOf(member).identify(uri, isDirectory, call);
      } catch (error) {
        this.noteLoss(member, error);
        lost = error;
      }
    }
    throw lost;
  }

  /** @throws the error, unless it means that the member was lost. */
  private noteLoss(member: ReaderMember, error: unknown): void {
    if (!isTransportFailure(error)) throw error;
    this.group.markDown(member);
  }

  private async candidates(): Promise<ReaderMember[]> {
    const members = await this.group.members();
    const first = this.turn++ % members.length;
    const inTurn = [...members.slice(first), ...members.slice(0, first)];
    return [...inTurn.filter((member) => member.isUp), ...inTurn.filter((member) => !member.isUp)].slice(0, mostAttempts);
  }

  private clientOf(member: ReaderMember): IndexerClient {
    let client = this.clients.get(member);
    if (!client) this.clients.set(member, (client = new IndexerClient(member.channel)));
    return client;
  }
}
