import { TesseraError, elementCount, isStruct, structType, type DataType, type StructField } from '@tessera/domain';

/** A part of a stored element that is data. */
export interface ElementRun {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Structs with gaps in large sub-arrays fall apart into a run an item. */
const runLimit = 100_000;

/**
 * numpy writes the gaps of aligned structs as nameless void fields, and leaves them
 * out when it reads. The type without them, and what is left of a stored element.
 */
export function withoutGaps(stored: DataType): { dataType: DataType; runs: ElementRun[] } {
  const runs: ElementRun[] = [];
  collectRuns(stored, 0, runs);
  return { dataType: packed(stored), runs };
}

function isGap({ name, dataType }: StructField): boolean {
  return name === '' && dataType.kind === 'V';
}

function hasGap(type: DataType): boolean {
  return isStruct(type) && type.fields.some((field) => isGap(field) || hasGap(field.dataType));
}

function packed(stored: DataType): DataType {
  if (!isStruct(stored)) return stored;
  return structType(stored.fields.filter((field) => !isGap(field)).map((field) => ({ ...field, dataType: packed(field.dataType) })));
}

function collectRuns(type: DataType, byteOffset: number, runs: ElementRun[]): void {
  if (!isStruct(type) || !hasGap(type)) {
    const last = runs.at(-1);
    if (last && last.byteOffset + last.byteLength === byteOffset) runs[runs.length - 1] = { byteOffset: last.byteOffset, byteLength: last.byteLength + type.itemsize };
    else if (runs.push({ byteOffset, byteLength: type.itemsize }) > runLimit) throw new TesseraError('gone', 'The npy file has a struct with too many gaps.');
    return;
  }
  let at = byteOffset;
  for (const field of type.fields) {
    const count = elementCount(field.shape ?? []);
    const size = field.dataType.itemsize;
    if (!isGap(field) && hasGap(field.dataType)) for (let index = 0; index < count; index++) collectRuns(field.dataType, at + index * size, runs);
    else if (!isGap(field)) collectRuns({ kind: 'V', itemsize: count * size, endianness: 'not_applicable' }, at, runs);
    at += count * size;
  }
}
