import { TesseraError, elementCount, isStruct, type Codec, type DataType } from '@tessera/domain';
import { configuredType, elementAccess, mapElements, toInteger } from '../element-access.ts';

/** numcodecs "fixedscaleoffset": stored = round((value − offset) · scale). */
export const fixedScaleOffsetCodec: Codec = {
  name: 'fixedscaleoffset',
  kind: 'array-to-array',
  resolve(configuration, { shape, dataType }) {
    const type = configuredType(configuration, 'dtype', dataType);
    const encodedDataType = configuredType(configuration, 'astype', type);
    const offset = finiteNumber(configuration, 'offset');
    const scale = finiteNumber(configuration, 'scale');
    const decoded = elementAccess(type);
    const encoded = elementAccess(encodedDataType);
    // numpy keeps single precision where the array has it, and computes in double precision otherwise.
    const decode = roundingOf(encodedDataType);
    const encode = roundingOf(type);
    return {
      decode: (bytes) => mapElements(bytes, encoded, decoded, (value) => toInteger(decode(decode(Number(value) / decode(scale)) + decode(offset)), type)),
      encode: (bytes) => mapElements(bytes, decoded, encoded, (value) => roundHalfEven(encode(encode(Number(value) - encode(offset)) * encode(scale)))),
      encodedDataType,
      maxEncodedByteLength: elementCount(shape) * encodedDataType.itemsize,
    };
  },
};

function finiteNumber(configuration: Readonly<Record<string, unknown>>, key: string): number {
  const value = configuration[key];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TesseraError('invalid_argument', `The "${key}" of a codec must be a number, not ${JSON.stringify(value)}.`);
}

function roundingOf(type: DataType): (value: number) => number {
  return !isStruct(type) && type.kind === 'f' && type.itemsize === 4 ? Math.fround : (value) => value;
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
