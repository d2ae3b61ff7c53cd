import { Type, type Data, type FixedSizeBinary } from 'apache-arrow';

/** Whether values of a type are runs of bytes: text, binary, fixed-size binary. */
export function isByteType(typeId: Type): boolean {
  return [Type.Utf8, Type.LargeUtf8, Type.Utf8View, Type.Binary, Type.LargeBinary, Type.BinaryView, Type.FixedSizeBinary].includes(typeId);
}

export function isTextType(typeId: Type): boolean {
  return [Type.Utf8, Type.LargeUtf8, Type.Utf8View].includes(typeId);
}

/** Reads the bytes of one value of text and binary columns, without a copy; of a missing value they mean nothing. */
export function valueBytes(data: Data): (row: number) => Uint8Array {
  const values = data.values as Uint8Array;
  switch (data.typeId) {
    case Type.Utf8View:
    case Type.BinaryView: {
      const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
      return (row) => {
        const at = row * 16;
        const byteLength = view.getInt32(at, true);
        if (byteLength <= 12) return values.subarray(at + 4, at + 4 + byteLength);
        const byteOffset = view.getInt32(at + 12, true);
        return data.variadicBuffers[view.getInt32(at + 8, true)]!.subarray(byteOffset, byteOffset + byteLength);
      };
    }
    case Type.FixedSizeBinary: {
      const { byteWidth } = data.type as FixedSizeBinary;
      return (row) => values.subarray(row * byteWidth, (row + 1) * byteWidth);
    }
    default: {
      // Slices of these keep whole values and cut the offsets.
      const offsets = data.valueOffsets as Int32Array | BigInt64Array as unknown as ArrayLike<number | bigint>;
      return (row) => values.subarray(Number(offsets[row]!), Number(offsets[row + 1]!));
    }
  }
}

/** Whether a row has a value. */
export function validRows(data: Data): (row: number) => boolean {
  const { nullBitmap, offset } = data;
  if (data.typeId === Type.Null) return () => false;
  if (!nullBitmap || nullBitmap.byteLength === 0 || data.nullCount === 0) return () => true;
  return (row) => (nullBitmap[(offset + row) >> 3]! & (1 << ((offset + row) & 7))) !== 0;
}
