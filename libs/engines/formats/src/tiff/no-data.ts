import type { ScalarType } from '@tessera/domain';
import type { TiffFile } from './directory.ts';
import { codes, type Page } from './page.ts';
import { fieldText } from './tags.ts';

/** Bytes of an element where a strip or tile was never written: what GDAL names as no data; undefined = zero. */
export async function noDataValue(file: TiffFile, page: Page, { kind, itemsize, endianness }: ScalarType): Promise<Uint8Array | undefined> {
  const text = await fieldText(file, page.directory.fields.get(codes.gdalNoData));
  const value = text === undefined || text === '' ? NaN : Number(text.replace(',', '.'));
  if (text === undefined || value === 0 || (Number.isNaN(value) && !(kind === 'f' && text.toLowerCase() === 'nan'))) return undefined;
  const bytes = new Uint8Array(itemsize);
  const view = new DataView(bytes.buffer);
  const isLittle = endianness !== 'big';
  if (kind === 'f' && itemsize > 2) {
    if (itemsize === 4) view.setFloat32(0, value, isLittle);
    else view.setFloat64(0, value, isLittle);
    return bytes;
  }
  const bits = BigInt(itemsize * 8);
  const [least, most] = kind === 'i' ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
  if ((kind !== 'i' && kind !== 'u') || !Number.isInteger(value) || BigInt(value) < least || BigInt(value) > most) return undefined;
  for (let byte = 0; byte < itemsize; byte++) bytes[isLittle ? byte : itemsize - 1 - byte] = Number((BigInt.asUintN(Number(bits), BigInt(value)) >> BigInt(byte * 8)) & 0xffn);
  return bytes;
}
