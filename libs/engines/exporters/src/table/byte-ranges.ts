import type { Data } from '@tessera/arrow';
import { Type, type FixedSizeBinary } from 'apache-arrow';

/** Where the bytes of the value located last are. */
export interface ByteRanges {
  bytes: Uint8Array;
  start: number;
  end: number;
  locate(row: number): void;
}

/** Finds the values of text and binary columns, without an object for each. */
export function byteRanges(data: Data): ByteRanges {
  const values = data.values as Uint8Array;
  const found: ByteRanges = { bytes: values, start: 0, end: 0, locate: () => undefined };
  found.locate = locator(data, values, found);
  return found;
}

/** The bytes located last as a data URI (RFC 2397). */
export function dataUri({ bytes, start, end }: ByteRanges): Buffer {
  return Buffer.from(`data:application/octet-stream;base64,${Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('base64')}`, 'latin1');
}

function locator(data: Data, values: Uint8Array, found: ByteRanges): (row: number) => void {
  switch (data.typeId) {
    case Type.Utf8View:
    case Type.BinaryView: {
      // Length, then the value itself or its prefix, buffer and offset (Arrow, "Variable-size Binary View Layout").
      const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
      return (row) => {
        const byteLength = view.getInt32(row * 16, true);
        const isInline = byteLength <= 12;
        found.bytes = isInline ? values : data.variadicBuffers[view.getInt32(row * 16 + 8, true)]!;
        found.start = isInline ? row * 16 + 4 : view.getInt32(row * 16 + 12, true);
        found.end = found.start + byteLength;
      };
    }
    case Type.FixedSizeBinary: {
      const { byteWidth } = data.type as FixedSizeBinary;
      return (row) => {
        found.start = row * byteWidth;
        found.end = found.start + byteWidth;
      };
    }
    default: {
      const offsets = data.valueOffsets as Int32Array | BigInt64Array as unknown as ArrayLike<number | bigint>;
      return (row) => {
        found.start = Number(offsets[row]!);
        found.end = Number(offsets[row + 1]!);
      };
    }
  }
}
