import type { Call, Ingest, NodePath, Principal } from '@tessera/domain';
import type { ClusterChannel } from '../channel.ts';
import { invokeUnary, type Method } from '../invoke.ts';
import { loadService } from '../protos.ts';

/** A large file is indexed for minutes. */
const refreshTimeoutMs = 30 * 60_000;

/** The ingest of another process. */
export class IngestClient implements Ingest {
  private readonly methods: Readonly<Record<string, Method<unknown, unknown>>>;

  constructor(private readonly channel: ClusterChannel) {
    this.methods = loadService('ingest', channel.protoDirectory);
  }

  async refresh(principal: Principal, path: NodePath, call?: Call): Promise<void> {
    await invokeUnary(this.channel, this.methods['Refresh']!, { path }, { proof: { by: 'secret', principal }, call, timeoutMs: refreshTimeoutMs });
  }
}
