import { parseScalarType, type ScalarType } from '@tessera/domain';
import { damaged } from './damage.ts';

/** By `nc_type`: byte, char, short, int, float, double; of CDF-5 also ubyte, ushort, uint, int64, uint64. */
const types: Readonly<Record<number, ScalarType>> = Object.fromEntries(
  ['|i1', '|S1', '>i2', '>i4', '>f4', '>f8', '|u1', '>u2', '>u4', '>i8', '>u8'].map((type, index) => [index + 1, parseScalarType(type)]),
);

/** The type of stored values (NetCDF classic format specification, "nc_type"); all are big-endian. @throws damaged. */
export function externalType(code: number): ScalarType {
  const type = types[code];
  if (!type) throw damaged(`it has values of the unknown type ${code}`);
  return type;
}
