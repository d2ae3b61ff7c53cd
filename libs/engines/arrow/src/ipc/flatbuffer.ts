// Reads flatbuffers that came from outside, every offset checked before it is followed
// (FlatBuffers, "Internals"). The generated readers of apache-arrow check none.
import { damaged } from './damaged.ts';

/** A table: its fields are found by slot number, absent ones have defaults. */
export class FlatTable {
  readonly #view: DataView;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableByteLength: number;

  private constructor(view: DataView, position: number) {
    this.#view = view;
    this.#position = position;
    this.#vtable = position - checked(view, position, 4).getInt32(position, true);
    this.#vtableByteLength = checked(view, this.#vtable, 4).getUint16(this.#vtable, true);
    checked(view, this.#vtable, this.#vtableByteLength);
  }

  /** The table that a whole buffer holds. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, checked(view, 0, 4).getUint32(0, true));
  }

  /** Where a field's own bytes start; undefined if it was left out. */
  #at(slot: number, byteLength: number): number | undefined {
    const entry = 4 + slot * 2;
    if (entry + 2 > this.#vtableByteLength) return undefined;
    const offset = this.#view.getUint16(this.#vtable + entry, true);
    if (offset === 0) return undefined;
    checked(this.#view, this.#position + offset, byteLength);
    return this.#position + offset;
  }

  #target(slot: number): number | undefined {
    const at = this.#at(slot, 4);
    return at === undefined ? undefined : at + this.#view.getUint32(at, true);
  }

  has(slot: number): boolean {
    return this.#at(slot, 1) !== undefined;
  }

  uint8(slot: number, absent = 0): number {
    const at = this.#at(slot, 1);
    return at === undefined ? absent : this.#view.getUint8(at);
  }

  int16(slot: number, absent = 0): number {
    const at = this.#at(slot, 2);
    return at === undefined ? absent : this.#view.getInt16(at, true);
  }

  int32(slot: number, absent = 0): number {
    const at = this.#at(slot, 4);
    return at === undefined ? absent : this.#view.getInt32(at, true);
  }

  /** @throws TesseraError gone if it is negative or not a safe integer: only sizes and ids are read this way. */
  size(slot: number, absent = 0): number {
    const at = this.#at(slot, 8);
    return at === undefined ? absent : safeSize(this.#view.getBigInt64(at, true));
  }

  table(slot: number): FlatTable | undefined {
    const target = this.#target(slot);
    return target === undefined ? undefined : new FlatTable(this.#view, target);
  }

  /** Number of elements of a vector, each of `elementByteLength`, and where they start. */
  #vector(slot: number, elementByteLength: number): { count: number; start: number } {
    const target = this.#target(slot);
    if (target === undefined) return { count: 0, start: 0 };
    const count = checked(this.#view, target, 4).getUint32(target, true);
    checked(this.#view, target + 4, count * elementByteLength);
    return { count, start: target + 4 };
  }

  vectorLength(slot: number, elementByteLength: number): number {
    return this.#vector(slot, elementByteLength).count;
  }

  /** The tables of a vector, one at a time. */
  *tables(slot: number): Generator<FlatTable> {
    const { count, start } = this.#vector(slot, 4);
    for (let i = 0; i < count; i++) {
      const at = start + i * 4;
      yield new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    }
  }

  /** The structs of a vector, each as its own little-endian view. */
  *structs(slot: number, byteLength: number): Generator<DataView> {
    const { count, start } = this.#vector(slot, byteLength);
    for (let i = 0; i < count; i++) {
      yield new DataView(this.#view.buffer, this.#view.byteOffset + start + i * byteLength, byteLength);
    }
  }

  /** Byte length of a string, which is only checked, not decoded. */
  checkString(slot: number): void {
    this.#vector(slot, 1);
  }
}

/** A 64-bit size or offset of a struct. */
export function structSize(view: DataView, byteOffset: number): number {
  return safeSize(view.getBigInt64(byteOffset, true));
}

function safeSize(value: bigint): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('a size is out of range');
  return Number(value);
}

function checked(view: DataView, byteOffset: number, byteLength: number): DataView {
  if (byteOffset < 0 || byteOffset + byteLength > view.byteLength) throw damaged('a reference leads outside its message');
  return view;
}
