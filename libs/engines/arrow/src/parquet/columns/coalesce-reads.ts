import type { ReadRange } from '../../ipc/file-layout.ts';

/** Bytes that are going to be read, if `isWhole` at once. */
export interface ComingRead {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly isWhole: boolean;
}

interface Run {
  readonly byteOffset: number;
  end: number;
  /** Reads that have not been answered. */
  openCount: number;
  bytes?: Promise<Uint8Array>;
}

/** Ranges nearer than this are read together, up to so many bytes. */
const maxGapByteLength = 64 * 2 ** 10;
const maxRunByteLength = 4 * 2 ** 20;

/** Reads small neighbours in one go: what is kept of it is let go of with the last that asks. */
export function coalescedRead(read: ReadRange, coming: readonly ComingRead[]): ReadRange {
  const runs: Run[] = [];
  const runOf = new Map<number, Run>();
  for (const { byteOffset, byteLength } of coming.filter(({ isWhole }) => isWhole).toSorted((a, b) => a.byteOffset - b.byteOffset)) {
    const last = runs.at(-1);
    const fits = last !== undefined && byteOffset >= last.end && byteOffset - last.end <= maxGapByteLength && byteOffset + byteLength - last.byteOffset <= maxRunByteLength;
    const run = fits ? last : { byteOffset, end: 0, openCount: 0 };
    if (!fits) runs.push(run);
    run.end = byteOffset + byteLength;
    run.openCount++;
    runOf.set(byteOffset, run);
  }
  return async (byteOffset, byteLength) => {
    const run = runOf.get(byteOffset);
    if (!run || byteOffset + byteLength > run.end) return read(byteOffset, byteLength);
    const bytes = await (run.bytes ??= read(run.byteOffset, run.end - run.byteOffset));
    if (--run.openCount === 0) runOf.delete(byteOffset);
    if (run.openCount <= 0) delete run.bytes;
    return bytes.subarray(byteOffset - run.byteOffset, byteOffset - run.byteOffset + byteLength);
  };
}
