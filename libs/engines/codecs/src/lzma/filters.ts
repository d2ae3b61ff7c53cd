import { TesseraError } from '@tessera/domain';

/** A step before LZMA2: the difference to the byte so far back (xz file format 1.2, section 5.3.3). */
export interface DeltaFilter {
  readonly distance: number;
}

export const deltaId = 0x03;
export const lzma2Id = 0x21;

/** @throws TesseraError unsupported: the others are for programs. */
export function refuseFilter(id: unknown): never {
  throw new TesseraError('unsupported', `These data are encoded by LZMA with the filter ${String(id)}, which this server cannot decode.`, { codec: 'lzma' });
}

/** Undoes filters, the last of them first, in place. */
export function undoDeltas(deltas: readonly DeltaFilter[], bytes: Uint8Array): void {
  for (const { distance } of deltas.toReversed()) for (let i = distance; i < bytes.byteLength; i++) bytes[i] = bytes[i]! + bytes[i - distance]!;
}
