import { ByteWriter } from './byte-writer.ts';

/** Where a value of any length is to be found. */
export interface HeapPlace {
  readonly byteLength: number;
  /** Collection, counted from the first. */
  readonly collection: number;
  readonly index: number;
}

const headerByteLength = 16;
/** A collection may not be smaller (File Format Specification, section III.E). */
const minCollectionByteLength = 4096;
const maxCollectionByteLength = 2 ** 20;
const maxObjectCount = 0xffff;

/** Values of any length, kept beside the objects that have them, in collections. */
export class GlobalHeap {
  private readonly full: Buffer[] = [];
  private open = new ByteWriter();
  private objectCount = 0;
  private fullByteLength = 0;

  /** About how many bytes are kept. */
  get byteLength(): number {
    return this.fullByteLength + this.open.byteLength;
  }

  add(value: Uint8Array): HeapPlace {
    const needed = headerByteLength + padded(value.byteLength);
    if (this.objectCount === maxObjectCount || (this.objectCount > 0 && this.open.byteLength + needed > maxCollectionByteLength)) this.close();
    this.objectCount++;
    this.open.u16(this.objectCount).u16(0).u32(0).u64(value.byteLength).bytes(value).zeros(padded(value.byteLength) - value.byteLength);
    return { byteLength: value.byteLength, collection: this.full.length, index: this.objectCount };
  }

  /** All collections, in their order. Nothing can be added any more. */
  collections(): readonly Buffer[] {
    if (this.objectCount > 0) this.close();
    return this.full;
  }

  private close(): void {
    const objects = this.open.done();
    // What is left must have room for a header of its own that says so, or be nothing.
    const used = headerByteLength + objects.byteLength;
    const total = Math.max(minCollectionByteLength, used + headerByteLength);
    const writer = new ByteWriter(total).text('GCOL').u8(1).zeros(3).u64(total).bytes(objects);
    writer.u16(0).u16(0).u32(0).u64(total - used).zeros(total - used - headerByteLength);
    this.full.push(writer.done());
    this.fullByteLength += total;
    this.open = new ByteWriter();
    this.objectCount = 0;
  }
}

function padded(byteLength: number): number {
  return Math.ceil(byteLength / 8) * 8;
}
