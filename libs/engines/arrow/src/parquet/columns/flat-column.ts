// Which columns of a Parquet file are decoded here, and how their values become Arrow's.
import { DataType, Type, type Decimal, type Field, type FixedSizeBinary, type Float, type Int, type Time, type Timestamp } from 'apache-arrow';
import { bitWidth } from '../../column/bit-width.ts';
import type { ParquetColumnChunk, ParquetField } from '../footer/read-footer.ts';
import { structField } from '../footer/thrift.ts';
import type { ValueForm } from './value-form.ts';

/** A column without nesting, in a form that is read here. */
export interface FlatColumn {
  readonly form: ValueForm;
  readonly isOptional: boolean;
}

const int32 = 1;
const int64 = 2;
const byteArray = 6;
const fixedByteArray = 7;

/** UNCOMPRESSED, SNAPPY, GZIP, BROTLI, ZSTD, LZ4_RAW. */
const knownCodecs = new Set([0, 1, 2, 4, 6, 7]);
/** PLAIN, PLAIN_DICTIONARY, RLE, BIT_PACKED (of levels that are not there), RLE_DICTIONARY, BYTE_STREAM_SPLIT. */
const knownEncodings = new Set([0, 2, 3, 4, 8, 9]);

/** Whether a chunk is in encodings that are decoded here. */
export function isKnownChunk(chunk: ParquetColumnChunk | undefined): chunk is ParquetColumnChunk {
  return chunk !== undefined && !chunk.isElsewhere && knownCodecs.has(chunk.codec) && chunk.encodings.every((encoding) => knownEncodings.has(encoding));
}

/** Undefined for nested columns, and for values that would have to be converted. */
export function flatColumn(stored: ParquetField, field: Field): FlatColumn | undefined {
  if (stored.physicalType === undefined || stored.isRepeated || stored.name !== field.name) return undefined;
  const form = formOf(stored, field.type);
  return form && { form, isOptional: stored.isOptional };
}

function formOf(stored: ParquetField, type: DataType): ValueForm | undefined {
  const { physicalType } = stored;
  if (DataType.isDictionary(type)) return undefined;
  const asIs = (wanted: number, isSame = true): ValueForm | undefined => (physicalType === wanted && isSame ? { kind: 'fixed', byteWidth: bitWidth(type) / 8 } : undefined);
  switch (type.typeId) {
    case Type.Bool:
      return physicalType === 0 ? { kind: 'bool' } : undefined;
    case Type.Int: {
      const width = (type as Int).bitWidth;
      if (width === 64) return asIs(int64);
      if (width === 32) return asIs(int32);
      return physicalType === int32 ? { kind: 'narrow', byteWidth: (width / 8) as 1 | 2 } : undefined;
    }
    case Type.Float: {
      const { precision } = type as Float;
      return precision === 0 ? asIs(fixedByteArray, stored.byteWidth === 2) : asIs(precision === 1 ? 4 : 5);
    }
    case Type.Date:
      return bitWidth(type) === 32 ? asIs(int32) : undefined;
    case Type.Time:
      return asIs(bitWidth(type) === 32 ? int32 : int64, unitOf(stored) === (type as Time).unit);
    case Type.Timestamp:
      return asIs(int64, unitOf(stored) === (type as Timestamp).unit);
    case Type.Duration:
      return asIs(int64);
    case Type.Decimal:
      return decimalForm(stored, type as Decimal);
    case Type.FixedSizeBinary:
      return asIs(fixedByteArray, stored.byteWidth === (type as FixedSizeBinary).byteWidth && stored.byteWidth > 0);
    case Type.Utf8:
    case Type.Binary:
      return physicalType === byteArray ? { kind: 'bytes', layout: 'offsets32' } : undefined;
    case Type.LargeUtf8:
    case Type.LargeBinary:
      return physicalType === byteArray ? { kind: 'bytes', layout: 'offsets64' } : undefined;
    case Type.Utf8View:
    case Type.BinaryView:
      return physicalType === byteArray ? { kind: 'bytes', layout: 'views' } : undefined;
    default:
      return undefined;
  }
}

function decimalForm(stored: ParquetField, type: Decimal): ValueForm | undefined {
  const byteWidth = type.bitWidth / 8;
  const logical = structField(stored.logicalType, 5);
  if ((logical === undefined && stored.convertedType !== 5) || stored.scale !== type.scale) return undefined;
  if (stored.physicalType === int32) return { kind: 'decimal', storedByteWidth: 4, isBigEndian: false, byteWidth };
  if (stored.physicalType === int64 && byteWidth >= 8) return { kind: 'decimal', storedByteWidth: 8, isBigEndian: false, byteWidth };
  const isFixed = stored.physicalType === fixedByteArray && stored.byteWidth > 0 && stored.byteWidth <= byteWidth;
  return isFixed ? { kind: 'decimal', storedByteWidth: stored.byteWidth, isBigEndian: true, byteWidth } : undefined;
}

/** Arrow's number of the unit of a time: ms 1, µs 2, ns 3; undefined if none is stated. */
function unitOf({ logicalType, convertedType }: ParquetField): number | undefined {
  const unit = structField(structField(logicalType, 8) ?? structField(logicalType, 7), 2);
  if (unit) return [1, 2, 3].find((id) => unit.has(id));
  if (convertedType === 7 || convertedType === 9) return 1;
  return convertedType === 8 || convertedType === 10 ? 2 : undefined;
}
