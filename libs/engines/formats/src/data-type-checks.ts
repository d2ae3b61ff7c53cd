import { TesseraError, isStruct, parseDescr, type DataType, type NumpyDescr } from '@tessera/domain';

const sizes: Readonly<Record<string, readonly number[]>> = {
  b: [1], i: [1, 2, 4, 8], u: [1, 2, 4, 8], f: [2, 4, 8], c: [8, 16], m: [8], M: [8],
};

const itemByteLimit = 2 ** 31;

/**
 * numpy's `descr` as found in a file, in any nesting of lists.
 * @throws TesseraError gone if it is none, or of a type that has no place here (objects, long doubles).
 */
export function parseFoundDescr(found: unknown): DataType {
  if (!isDescr(found)) throw unknownType(found);
  let dataType: DataType;
  try {
    dataType = parseDescr(found);
  } catch {
    throw unknownType(found);
  }
  checkDataType(dataType, found);
  return dataType;
}

function isDescr(found: unknown, depth = 0): found is NumpyDescr {
  if (typeof found === 'string') return true;
  if (!Array.isArray(found) || depth > 32) return false;
  return found.every((field) =>
    Array.isArray(field) && (field.length === 2 || field.length === 3) && typeof field[0] === 'string' && isDescr(field[1], depth + 1)
    && (field.length === 2 || (Array.isArray(field[2]) && field[2].every((length) => Number.isSafeInteger(length) && length >= 0))));
}

function checkDataType(dataType: DataType, found: unknown): void {
  if (!(dataType.itemsize <= itemByteLimit)) throw unknownType(found);
  if (isStruct(dataType)) {
    for (const field of dataType.fields) checkDataType(field.dataType, found);
  } else if (sizes[dataType.kind] && !sizes[dataType.kind]!.includes(dataType.itemsize)) {
    throw unknownType(found);
  }
}

export function unknownType(found: unknown): TesseraError {
  return new TesseraError('gone', `The data type ${JSON.stringify(found)} cannot be served.`);
}
