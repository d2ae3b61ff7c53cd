import { isStruct, type DataType, type ScalarType } from '@tessera/domain';
import { float16FromBits } from './number-text.ts';

/** The number that starts at `at`. */
export type ElementValue = (view: DataView, at: number) => number;

/** Reads elements as numbers (the real part of complex ones); undefined if the type is not numeric. */
export function elementValue(dataType: DataType): ElementValue | undefined {
  if (isStruct(dataType)) return undefined;
  const little = dataType.endianness !== 'big';
  if (dataType.kind === 'c') return realValue('f', dataType.itemsize / 2, little);
  return realValue(dataType.kind, dataType.itemsize, little);
}

function realValue(kind: ScalarType['kind'], itemsize: number, little: boolean): ElementValue | undefined {
  switch (`${kind}${itemsize}`) {
    case 'b1': return (view, at) => (view.getUint8(at) === 0 ? 0 : 1);
    case 'u1': return (view, at) => view.getUint8(at);
    case 'i1': return (view, at) => view.getInt8(at);
    case 'u2': return (view, at) => view.getUint16(at, little);
    case 'i2': return (view, at) => view.getInt16(at, little);
    case 'u4': return (view, at) => view.getUint32(at, little);
    case 'i4': return (view, at) => view.getInt32(at, little);
    case 'u8': return (view, at) => Number(view.getBigUint64(at, little));
    case 'i8': return (view, at) => Number(view.getBigInt64(at, little));
    case 'f2': return (view, at) => float16FromBits(view.getUint16(at, little));
    case 'f4': return (view, at) => view.getFloat32(at, little);
    case 'f8': return (view, at) => view.getFloat64(at, little);
  }
  return undefined;
}
