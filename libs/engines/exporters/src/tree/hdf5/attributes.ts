// Metadata as HDF5 attributes: texts, numbers and truth values, and lists of them, have types of their own; all else is
// the JSON text of it.
import type { Json, JsonObject } from '@tessera/domain';
import { ByteWriter } from './byte-writer.ts';
import { booleanMessage, floatMessage, integerMessage, textMessage } from './datatype.ts';
import type { GlobalHeap, HeapPlace } from './global-heap.ts';
import { dataspaceMessage } from './object-header.ts';

/** An attribute before the addresses of the heap are known. */
export interface Attribute {
  /** The message up to the value. */
  readonly head: Uint8Array;
  readonly value: Uint8Array | readonly (HeapPlace | undefined)[];
}

/** Bytes that a place in the heap takes: length, address, index. */
const placeByteLength = 16;
/** A longer list becomes text: messages have two bytes for their length. */
const maxValueByteLength = 48 * 1024;
/** Longer names cannot be stored beside a type. */
const maxNameByteLength = 8 * 1024;

/** Attributes whose names HDF5 can have. */
export function attributesOf(metadata: JsonObject, heap: GlobalHeap): Attribute[] {
  return Object.entries(metadata).flatMap(([name, value]) => {
    const encodable = name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= maxNameByteLength;
    return encodable ? [attribute(name, value, heap)] : [];
  });
}

export function attributeByteLength({ head, value }: Attribute): number {
  return head.byteLength + (value instanceof Uint8Array ? value.byteLength : value.length * placeByteLength);
}

/** The attribute message, with the addresses of the heap's collections. */
export function attributeMessage({ head, value }: Attribute, heapAddresses: readonly number[]): Uint8Array {
  if (value instanceof Uint8Array) return Buffer.concat([head, value]);
  const writer = new ByteWriter(head.byteLength + value.length * placeByteLength).bytes(head);
  for (const place of value) {
    if (place) writer.u32(place.byteLength).u64(heapAddresses[place.collection]!).u32(place.index);
    else writer.zeros(placeByteLength);
  }
  return writer.done();
}

function attribute(name: string, value: Json, heap: GlobalHeap): Attribute {
  if (value === null) return { head: headOf(name, floatMessage(8), dataspaceMessage('null')), value: new Uint8Array() };
  if (!Array.isArray(value)) return scalar(name, value as Exclude<Json, null>, heap);
  const items = value as readonly Json[];
  const space = dataspaceMessage([items.length]);
  const fits = (itemByteLength: number) => items.length > 0 && items.length * itemByteLength <= maxValueByteLength;
  if (items.every((item) => typeof item === 'string') && fits(placeByteLength)) return { head: headOf(name, textMessage, space), value: items.map((item) => keep(item as string, heap)) };
  if (items.every((item) => typeof item === 'boolean') && fits(1)) return { head: headOf(name, booleanMessage, space), value: Uint8Array.from(items as boolean[], Number) };
  if (items.every((item) => typeof item === 'number') && fits(8)) {
    const numbers = items as readonly number[];
    return { head: headOf(name, numberMessage(numbers), space), value: numberBytes(numbers) };
  }
  return scalar(name, JSON.stringify(value), heap);
}

function scalar(name: string, value: Exclude<Json, null>, heap: GlobalHeap): Attribute {
  const space = dataspaceMessage([]);
  if (typeof value === 'boolean') return { head: headOf(name, booleanMessage, space), value: Uint8Array.of(value ? 1 : 0) };
  if (typeof value === 'number') return { head: headOf(name, numberMessage([value]), space), value: numberBytes([value]) };
  return { head: headOf(name, textMessage, space), value: [keep(typeof value === 'string' ? value : JSON.stringify(value), heap)] };
}

/** Nothing is kept of an empty text. */
function keep(text: string, heap: GlobalHeap): HeapPlace | undefined {
  return text === '' ? undefined : heap.add(Buffer.from(text, 'utf8'));
}

function areIntegers(numbers: readonly number[]): boolean {
  return numbers.every((number) => Number.isSafeInteger(number) && !Object.is(number, -0));
}

function numberMessage(numbers: readonly number[]): Uint8Array {
  return areIntegers(numbers) ? integerMessage(8, true) : floatMessage(8);
}

function numberBytes(numbers: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 8));
  const isInteger = areIntegers(numbers);
  numbers.forEach((number, index) => (isInteger ? view.setBigInt64(index * 8, BigInt(number), true) : view.setFloat64(index * 8, number, true)));
  return new Uint8Array(view.buffer);
}

/** Attribute message, version 3 (File Format Specification, section IV.A.2.m). */
function headOf(name: string, type: Uint8Array, space: Uint8Array): Uint8Array {
  const nameBytes = Buffer.from(`${name}\0`, 'utf8');
  return new ByteWriter().u8(3).u8(0).u16(nameBytes.byteLength).u16(type.byteLength).u16(space.byteLength).u8(1).bytes(nameBytes).bytes(type).bytes(space).done();
}
