// What is sent to a worker thread, and what comes back. Everything can be cloned.
import type { CodecSpec, DataType, ErrorCode, ErrorDetails } from '@tessera/domain';

/** A chunk to decode, or to encode. */
export interface CodecJob {
  readonly kind: 'decode' | 'encode';
  readonly codecs: readonly CodecSpec[];
  /** Of the chunk as stored. */
  readonly shape: readonly number[];
  readonly dataType: DataType;
  readonly fillValue?: Uint8Array;
  /** Bit i set = the i-th codec was not applied to this chunk. */
  readonly codecMask?: number;
  readonly bytes: Uint8Array;
}

export interface JobMessage {
  readonly id: number;
  readonly job: CodecJob;
}

/** What went wrong inside a plug-in, for the log. */
export interface ThreadFault {
  readonly plugin: string;
  readonly activity: string;
  readonly error: Error;
}

export interface FaultMessage {
  readonly fault: ThreadFault;
}

export type JobAnswer =
  | { readonly id: number; readonly bytes: Uint8Array }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails } };

/** Names of these codecs and of those inside them: a shard has codecs of its own, and its index too. */
export function codecNames(codecs: readonly CodecSpec[]): string[] {
  return codecs.flatMap(({ name, configuration }) => {
    const inside = [configuration?.['codecs'], configuration?.['index_codecs']].filter(Array.isArray) as CodecSpec[][];
    return [name, ...inside.flatMap(codecNames)];
  });
}
