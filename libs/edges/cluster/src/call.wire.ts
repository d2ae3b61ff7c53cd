// What travels beside the message of every call: proof of the caller, the principal, the trace.
import { Metadata } from '@grpc/grpc-js';
import { TesseraError, type Call, type Principal } from '@tessera/domain';
import { openToken, sealToken, type ClusterKeys } from './signature.ts';

const callKey = 'tessera-call';
const traceKey = 'traceparent';

/** How far the clocks of two processes may be apart, and how long a call may wait to be sent. */
const toleranceMs = 2 * 60_000;

type CallClaims = readonly [methodPath: string, issuedAtMs: number, principal: Principal | null];

/** Metadata of a call that proves itself by the cluster's secret; the principal, if any, is covered by the proof. */
export function encodeSignedCall(methodPath: string, keys: ClusterKeys, principal: Principal | undefined, call: Call | undefined): Metadata {
  const metadata = encodeCall(call);
  metadata.set(callKey, sealToken(keys.call, [methodPath, Date.now(), principal ?? null] satisfies CallClaims));
  return metadata;
}

/** Metadata of a call whose message carries its own proof, such as a ticket. */
export function encodeCall(call: Call | undefined): Metadata {
  const metadata = new Metadata();
  if (call?.traceparent !== undefined) metadata.set(traceKey, call.traceparent);
  return metadata;
}

/**
 * Who makes a signed call; undefined if it is made on nobody's behalf.
 * @throws TesseraError unauthenticated if the call is not signed, or for another method, or too old.
 */
export function verifySignedCall(metadata: Metadata, methodPath: string, keys: ClusterKeys, nowMs: number = Date.now()): Principal | undefined {
  const token = metadata.get(callKey)[0];
  const claims = typeof token === 'string' ? (openToken(keys.call, token) as CallClaims | undefined) : undefined;
  if (!claims) throw new TesseraError('unauthenticated', 'This call does not come from a process of this cluster.');
  const [path, issuedAtMs, principal] = claims;
  if (path !== methodPath || Math.abs(nowMs - issuedAtMs) > toleranceMs) {
    throw new TesseraError('unauthenticated', 'The proof of this call is for another method or too old. Are the clocks of the cluster in step?');
  }
  return principal ?? undefined;
}

/** The call as the port sees it on the serving side. */
export function decodeCall(metadata: Metadata, deadline: Date | number, signal: AbortSignal): Call {
  const traceparent = metadata.get(traceKey)[0];
  const deadlineMs = Number(deadline);
  return {
    signal,
    ...(Number.isFinite(deadlineMs) ? { deadlineMs } : {}),
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
  };
}
