// Thrift's compact protocol (thrift-compact-protocol.md), as much as Parquet's metadata need.

/** A struct: values by field id. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;
/** Integers beyond 2^53 lose digits: Parquet's are sizes and counts. */
export type ThriftValue = boolean | number | Uint8Array | ThriftStruct | readonly ThriftValue[];

const maxDepth = 32;

/** What is read makes no sense. */
export class MalformedThrift extends Error {}

/** Reads structs out of bytes. */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, byteOffset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = byteOffset;
  }

  /** Where the next struct starts. */
  get byteOffset(): number {
    return this.#at;
  }

  /** @throws MalformedThrift if the bytes end before the struct does, or it nests too deep. */
  struct(depth = 0): ThriftStruct {
    if (depth > maxDepth) throw new MalformedThrift('Metadata nest too deep.');
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const head = this.#byte();
      const type = head & 15;
      if (type === 0) return fields;
      const delta = head >> 4;
      id = delta === 0 ? this.#zigzag() : id + delta;
      // The value of a boolean field is its type.
      fields.set(id, type === 1 || type === 2 ? type === 1 : this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
        return this.#byte() === 1;
      case 3:
        return (this.#byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7: {
        this.#need(8);
        const value = this.#view.getFloat64(this.#at, true);
        this.#at += 8;
        return value;
      }
      case 8: {
        const byteLength = this.#varint();
        this.#need(byteLength);
        this.#at += byteLength;
        return this.#bytes.subarray(this.#at - byteLength, this.#at);
      }
      case 9:
      case 10:
        return this.#list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new MalformedThrift('Metadata have a value of an unknown type.');
    }
  }

  #list(depth: number): ThriftValue[] {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    // Each element takes a byte at least.
    this.#need(count);
    const values: ThriftValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.#value(head & 15, depth + 1));
    return values;
  }

  #need(byteLength: number): void {
    if (this.#at + byteLength > this.#bytes.byteLength) throw new MalformedThrift('Metadata are cut off.');
  }

  #byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++]!;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new MalformedThrift('A number of the metadata is too long.');
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** An integer field; undefined if it is not there. */
export function integerField(struct: ThriftStruct | undefined, id: number): number | undefined {
  const value = struct?.get(id);
  return typeof value === 'number' ? value : undefined;
}

export function bytesField(struct: ThriftStruct | undefined, id: number): Uint8Array | undefined {
  const value = struct?.get(id);
  return value instanceof Uint8Array ? value : undefined;
}

export function structField(struct: ThriftStruct | undefined, id: number): ThriftStruct | undefined {
  const value = struct?.get(id);
  return value instanceof Map ? value : undefined;
}

export function listField(struct: ThriftStruct | undefined, id: number): readonly ThriftValue[] {
  const value = struct?.get(id);
  return Array.isArray(value) ? (value as readonly ThriftValue[]) : [];
}
