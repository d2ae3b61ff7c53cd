import type { ClusterChannel } from '../channel.ts';
import { invokeUnary, type Method } from '../invoke.ts';
import { loadService, services, type ServiceKey } from '../protos.ts';
import { servingStatus, type ServingStatus } from './health.server.ts';

/** Whether the process at the other end serves: all it has, or one service. False if it cannot be reached in time. */
export async function isServing(channel: ClusterChannel, service?: ServiceKey, timeoutMs = 2_000): Promise<boolean> {
  const method = loadService('health', channel.protoDirectory)['Check'] as Method<{ service: string }, { status?: ServingStatus }>;
  try {
    const request = { service: service === undefined ? '' : services[service].name };
    const reply = await invokeUnary(channel, method, request, { proof: { by: 'ticket' }, call: { deadlineMs: Date.now() + timeoutMs } });
    return reply.status === servingStatus.serving;
  } catch {
    return false;
  }
}
