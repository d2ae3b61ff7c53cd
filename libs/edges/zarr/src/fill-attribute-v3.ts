import { isStruct, type DataType, type Json } from '@tessera/domain';
import { exactInteger, type ExactNumber } from './fill-value-json.ts';

/** What the attribute is written as. */
export type FillAttribute = boolean | number | string | ExactNumber | readonly string[];

/**
 * The attribute `_FillValue`, which marks missing values, as xarray writes it into Zarr v3 and
 * expects it there: floats as the base64 of a little-endian double, octets as base64. Undefined
 * for a mark that does not fit the type: xarray would refuse the whole group for it.
 */
export function fillAttributeV3(mark: Json, dataType: DataType): FillAttribute | undefined {
  const value = Array.isArray(mark) && mark.length === 1 ? mark[0]! : mark;
  if (isStruct(dataType)) return undefined;
  switch (dataType.kind) {
    case 'f':
      return float(value);
    case 'c': {
      const parts = Array.isArray(mark) && mark.length === 2 ? mark.map(float) : [float(value), float(0)];
      return parts.every((part) => part !== undefined) ? (parts as string[]) : undefined;
    }
    case 'i': case 'u':
      return integer(value);
    case 'b':
      return typeof value === 'boolean' || typeof value === 'number' ? Boolean(value) : undefined;
    case 'S':
      return typeof value === 'string' ? Buffer.from(value).toString('base64') : undefined;
    case 'U':
      return typeof value === 'string' ? value : undefined;
    default:
      return undefined;
  }
}

const words: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };

/** Metadata has null in place of NaN. */
function float(value: Json): string | undefined {
  const number = value === null ? Number.NaN : typeof value === 'string' ? words[value] : value;
  if (typeof number !== 'number') return undefined;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(number);
  return bytes.toString('base64');
}

/** Metadata has the digits of what a number cannot hold. */
function integer(value: Json): number | ExactNumber | undefined {
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return exactInteger(BigInt(value));
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
