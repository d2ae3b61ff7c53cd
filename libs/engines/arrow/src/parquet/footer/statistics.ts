// What a Parquet file says of the values of a column, per row group or page (parquet.thrift, Statistics).
import { Type, type DataType, type Float, type Int } from 'apache-arrow';
import { bytesField, integerField, type ThriftStruct } from './thrift.ts';
import type { ParquetField } from './read-footer.ts';

/** Bounds of values; NaN lies outside them, and those of bytes may be wider than the values. */
export interface ColumnStatistics {
  readonly min?: bigint | number | Uint8Array;
  readonly max?: bigint | number | Uint8Array;
  readonly nullCount?: number;
  readonly rowCount: number;
}

const fixedByteArray = 7;

/** The statistics of a column chunk. */
export function statisticsOf(statistics: ThriftStruct | undefined, stored: ParquetField, type: DataType, rowCount: number): ColumnStatistics {
  const nullCount = integerField(statistics, 3);
  // The older fields compare all as if signed.
  const isOldOrder = type.typeId !== Type.Int || (type as Int).isSigned;
  const old = isOldOrder && stored.physicalType !== undefined && stored.physicalType <= 5;
  const min = bytesField(statistics, 6) ?? (old ? bytesField(statistics, 2) : undefined);
  const max = bytesField(statistics, 5) ?? (old ? bytesField(statistics, 1) : undefined);
  return boundsOf(min, max, nullCount, stored, type, rowCount);
}

/** The same from encoded bounds. */
export function boundsOf(min: Uint8Array | undefined, max: Uint8Array | undefined, nullCount: number | undefined, stored: ParquetField, type: DataType, rowCount: number): ColumnStatistics {
  const bounds = [min, max].map((bytes) => bytes && boundOf(bytes, stored, type));
  const isKnown = bounds.every((bound) => bound !== undefined && !Number.isNaN(bound));
  return { rowCount, ...(nullCount === undefined ? {} : { nullCount }), ...(isKnown ? { min: bounds[0]!, max: bounds[1]! } : {}) };
}

function boundOf(bytes: Uint8Array, stored: ParquetField, type: DataType): bigint | number | Uint8Array | undefined {
  switch (type.typeId) {
    case Type.Bool:
      return bytes.byteLength === 1 ? BigInt(bytes[0]!) : undefined;
    case Type.Int:
      return integerOf(bytes, [1, 2].includes(stored.physicalType!), (type as Int).isSigned, false);
    case Type.Date:
    case Type.Time:
    case Type.Timestamp:
    case Type.Duration:
      return integerOf(bytes, [1, 2].includes(stored.physicalType!), true, false);
    case Type.Decimal:
      return integerOf(bytes, true, true, stored.physicalType === fixedByteArray);
    case Type.Float: {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const { precision } = type as Float;
      if (precision === 1 && bytes.byteLength === 4) return view.getFloat32(0, true);
      return precision === 2 && bytes.byteLength === 8 ? view.getFloat64(0, true) : undefined;
    }
    default:
      return bytes;
  }
}

function integerOf(bytes: Uint8Array, isInteger: boolean, isSigned: boolean, isBigEndian: boolean): bigint | undefined {
  if (!isInteger || bytes.byteLength === 0 || bytes.byteLength > 32) return undefined;
  let value = 0n;
  for (const byte of isBigEndian ? bytes : bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return isSigned ? BigInt.asIntN(bytes.byteLength * 8, value) : value;
}
