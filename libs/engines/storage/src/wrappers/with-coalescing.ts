import { TesseraError, type ByteStore, type Call, type ReadRange, type Source, type VersionedByteStore } from '@tessera/domain';

export interface CoalescingOptions {
  /** Bytes between two ranges that are rather read than asked for apart: about what comes while a request is answered. */
  readonly gapByteLength?: number;
  /** Longest range that others are merged into. Longer ones make a read slower than several side by side. */
  readonly maxByteLength?: number;
}

/** A read that waits for others of its object. */
interface Waiting {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly call: Call | undefined;
  readonly resolve: (bytes: Uint8Array | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly uri: string;
  readonly expected: Source | undefined;
  readonly reads: Waiting[];
}

/**
 * Ranges of one object that are asked for at the same time, and lie near one another, are read together. A caller that goes
 * away gets its error at once; the read goes on for the others, and is given up with the last of them.
 */
export function withCoalescing(store: VersionedByteStore, { gapByteLength = 128 * 1024, maxByteLength = 4 * 2 ** 20 }: CoalescingOptions = {}): VersionedByteStore {
  const batches = new Map<string, Batch>();
  const flush = (): void => {
    const ready = [...batches.values()];
    batches.clear();
    for (const { uri, expected, reads } of ready) for (const group of groupsOf(reads, gapByteLength, maxByteLength)) void readGroup(store, uri, expected, group);
  };
  return {
    read: (uri, range, call) => {
      const { byteOffset = 0, byteLength = Infinity, expected } = range ?? {};
      if (!(byteLength > 0 && byteLength < maxByteLength) || !Number.isSafeInteger(byteOffset) || byteOffset < 0) return store.read(uri, range, call);
      return new Promise((resolve, reject) => {
        // What a response needs is asked for in one turn of the event loop.
        if (batches.size === 0) setImmediate(flush);
        const key = expected ? `${uri}\n${expected.etag}\n${expected.byteLength}\n${expected.modifiedAtMs}` : uri;
        const read: Waiting = { byteOffset, byteLength, call, resolve, reject };
        const batch = batches.get(key);
        if (batch) batch.reads.push(read);
        else batches.set(key, { uri, expected, reads: [read] });
      });
    },
    readSnapshot: (uri, range, call) => store.readSnapshot(uri, range, call),
    stat: (uri, call) => store.stat(uri, call),
    list: (uri, call) => store.list(uri, call),
  };
}

/** Reads by neighbourhood, each group in the order of its bytes. */
function groupsOf(reads: readonly Waiting[], gapByteLength: number, maxByteLength: number): Waiting[][] {
  const groups: Waiting[][] = [];
  let start = 0;
  let end = 0;
  for (const read of [...reads].sort((a, b) => a.byteOffset - b.byteOffset)) {
    const readEnd = read.byteOffset + read.byteLength;
    const group = groups[groups.length - 1];
    if (group && read.byteOffset <= end + gapByteLength && Math.max(end, readEnd) - start <= maxByteLength) {
      group.push(read);
      end = Math.max(end, readEnd);
    } else {
      groups.push([read]);
      start = read.byteOffset;
      end = readEnd;
    }
  }
  return groups;
}

async function readGroup(store: ByteStore, uri: string, expected: Source | undefined, group: readonly Waiting[]): Promise<void> {
  const { call, done } = commonCall(group);
  const byteOffset = group[0]!.byteOffset;
  const byteLength = group.reduce((end, read) => Math.max(end, read.byteOffset + read.byteLength), 0) - byteOffset;
  const range: ReadRange = { byteOffset, byteLength, ...(expected ? { expected } : {}) };
  try {
    const bytes = await store.read(uri, range, call);
    // Copies, so that a part that is kept does not keep the whole; a read that was alone has it for itself.
    for (const read of group) read.resolve(bytes && (group.length === 1 ? bytes : partOf(bytes, read.byteOffset - byteOffset, read.byteLength)));
  } catch (error) {
    for (const read of group) read.reject(error);
  } finally {
    done();
  }
}

function partOf(bytes: Uint8Array, start: number, byteLength: number): Uint8Array {
  const part = bytes.subarray(start, start + byteLength);
  const copy = Buffer.allocUnsafeSlow(part.byteLength);
  copy.set(part);
  return copy;
}

/** One call for several: given up when all of them are, as late as the latest of them. */
function commonCall(group: readonly Waiting[]): { readonly call: Call | undefined; done(): void } {
  if (group.length === 1) return { call: group[0]!.call, done: () => undefined };
  const controller = new AbortController();
  const listeners = new Map<AbortSignal, () => void>();
  let waiting = group.length;
  for (const { call, reject } of group) {
    const leave = () => {
      reject(new TesseraError('cancelled', 'The caller went away.'));
      if (--waiting === 0) controller.abort();
    };
    if (call?.signal?.aborted) leave();
    else if (call?.signal) {
      // Several reads of one caller share its signal.
      const before = listeners.get(call.signal);
      listeners.set(call.signal, () => { before?.(); leave(); });
    }
  }
  for (const [signal, listener] of listeners) signal.addEventListener('abort', listener, { once: true });
  const deadlines = group.map(({ call }) => call?.deadlineMs ?? Infinity);
  const deadlineMs = Math.max(...deadlines);
  const traceparent = group.find(({ call }) => call?.traceparent !== undefined)?.call?.traceparent;
  return {
    call: { signal: controller.signal, ...(deadlineMs < Infinity ? { deadlineMs } : {}), ...(traceparent === undefined ? {} : { traceparent }) },
    done: () => {
      for (const [signal, listener] of listeners) signal.removeEventListener('abort', listener);
    },
  };
}
