// HDF5 spec IV.A.2.e and f, the fill value messages.
import type { ByteCursor } from '../byte-cursor.ts';

/** Bytes of one element as stored, or undefined for zeros. */
export function parseFillValue(cursor: ByteCursor): Uint8Array | undefined {
  const version = cursor.expectVersion('fill value', 1, 2, 3);
  if (version === 3) {
    const isDefined = (cursor.u8() & 0x20) !== 0;
    return isDefined ? takeValue(cursor) : undefined;
  }
  cursor.skip(2);
  const isDefined = cursor.u8() !== 0;
  return version === 1 || isDefined ? takeValue(cursor) : undefined;
}

/** The message of HDF5 before 1.6: nothing but the value. */
export function parseOldFillValue(cursor: ByteCursor): Uint8Array | undefined {
  return takeValue(cursor);
}

function takeValue(cursor: ByteCursor): Uint8Array | undefined {
  const byteLength = cursor.u32();
  // 0 is the default, all ones (−1) is "undefined": both read as zeros.
  return byteLength === 0 || byteLength === 0xffffffff ? undefined : cursor.take(byteLength);
}
