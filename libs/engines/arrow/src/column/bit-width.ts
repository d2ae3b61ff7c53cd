import { TesseraError } from '@tessera/domain';
import { Type, type DataType, type FixedSizeBinary } from 'apache-arrow';

/** Bits of one value of a fixed-width type. @throws TesseraError unsupported for all others. */
export function bitWidth(type: DataType): number {
  switch (type.typeId) {
    case Type.Bool:
      return 1;
    case Type.FixedSizeBinary:
      return (type as FixedSizeBinary).byteWidth * 8;
    case Type.Int:
    case Type.Decimal:
    case Type.Time:
      return (type as unknown as { bitWidth: number }).bitWidth;
    case Type.Float:
      return 16 << (type as unknown as { precision: number }).precision;
    case Type.Date:
      return (type as unknown as { unit: number }).unit === 0 ? 32 : 64;
    case Type.Interval:
      return [32, 64, 128][(type as unknown as { unit: number }).unit]!;
    case Type.Timestamp:
    case Type.Duration:
      return 64;
    default:
      throw new TesseraError('unsupported', `Columns of type ${type.toString()} cannot be read.`);
  }
}
