// The gRPC health protocol: what load balancers and probes ask. Needs no proof: it tells nothing of the data.
import { status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream, type UntypedServiceImplementation } from '@grpc/grpc-js';

/** ServingStatus of health.proto. */
export const servingStatus = { unknown: 0, serving: 1, notServing: 2, serviceUnknown: 3 } as const;
export type ServingStatus = (typeof servingStatus)[keyof typeof servingStatus];

interface HealthRequest {
  service?: string;
}
interface HealthReply {
  status?: ServingStatus;
}

/** The state of each service of a process; the empty name is the process as a whole. */
export class HealthRegister {
  private readonly statuses = new Map<string, ServingStatus>();
  private readonly watchers = new Map<ServerWritableStream<HealthRequest, HealthReply>, string>();

  set(service: string, value: ServingStatus): void {
    this.statuses.set(service, value);
    for (const [watcher, watched] of this.watchers) if (watched === service) watcher.write({ status: value });
  }

  setAll(value: ServingStatus): void {
    for (const service of this.statuses.keys()) this.set(service, value);
  }

  /** Ends all watches: a server with open streams would not drain. */
  endWatches(): void {
    for (const watcher of this.watchers.keys()) watcher.end();
    this.watchers.clear();
  }

  handlers(): UntypedServiceImplementation {
    return {
      Check: (rpc: ServerUnaryCall<HealthRequest, HealthReply>, reply: sendUnaryData<HealthReply>) => {
        const value = this.statuses.get(rpc.request.service ?? '');
        if (value === undefined) reply({ code: status.NOT_FOUND, details: 'There is no such service here.' });
        else reply(null, { status: value });
      },
      Watch: (rpc: ServerWritableStream<HealthRequest, HealthReply>) => {
        const service = rpc.request.service ?? '';
        this.watchers.set(rpc, service);
        rpc.on('cancelled', () => this.watchers.delete(rpc));
        rpc.write({ status: this.statuses.get(service) ?? servingStatus.serviceUnknown });
      },
    };
  }
}
