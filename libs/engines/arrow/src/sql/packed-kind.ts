import { TesseraError } from '@tessera/domain';
import { Type, type DataType, type Float, type Int } from 'apache-arrow';
import type { PackedKind } from './sql-messages.ts';

/** How the values of a type come from a database. @throws TesseraError internal for types that no column is given. */
export function packedKindOf(type: DataType): PackedKind {
  switch (type.typeId) {
    case Type.Bool: return 'bool';
    case Type.Int: {
      const { isSigned, bitWidth } = type as Int;
      return `${isSigned ? 'i' : 'u'}${bitWidth / 8}` as PackedKind;
    }
    case Type.Float: return (type as Float).precision === 1 ? 'f4' : 'f8';
    case Type.Date: return 'i4';
    case Type.Timestamp:
    case Type.Time: return 'i8';
    case Type.Decimal: return 'decimal';
    case Type.Utf8: return 'text';
    case Type.Binary: return 'bytes';
    default: throw new TesseraError('internal', `No database has columns of type ${String(type)}.`);
  }
}
