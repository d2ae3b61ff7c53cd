import { setTimeout } from 'node:timers/promises';
import { TesseraError, isTesseraError, sourceOf, type ByteStore, type Call, type Entry, type Source } from '@tessera/domain';
import { ByteCursor, type FieldSizes } from './byte-cursor.ts';
import { GlobalHeap } from './global-heap.ts';
import { MetadataReader } from './metadata-reader.ts';
import { readSuperblock, type Superblock } from './superblock.ts';

/** How often what is being written is read, and how long it is left alone in between. */
const maxAttempts = 5;
const pauseMs = 20;

/** One open HDF5 file: bytes by HDF5 address. Holds no handle, only a bounded cache. */
export class Hdf5File implements FieldSizes {
  readonly source: Source;
  readonly superblock: Superblock;
  globalHeap: GlobalHeap;
  readonly offsetSize: number;
  readonly lengthSize: number;
  readonly #reader: MetadataReader;

  private constructor(source: Source, reader: MetadataReader, superblock: Superblock) {
    this.source = source;
    this.superblock = superblock;
    this.offsetSize = superblock.offsetSize;
    this.lengthSize = superblock.lengthSize;
    this.#reader = reader;
    this.globalHeap = new GlobalHeap(this);
  }

  /** @throws TesseraError gone if it is not there or no HDF5 file. */
  static async open(entry: Entry, store: ByteStore, call?: Call): Promise<Hdf5File> {
    const known = entry.byteLength === undefined ? await store.stat(entry.uri, call) : entry;
    if (known?.byteLength === undefined) throw new TesseraError('gone', 'The HDF5 file is no longer there.');
    const reader = new MetadataReader(store, known.uri, known.byteLength, call);
    const superblock = await readSuperblock(reader);
    // An object in a store is replaced as a whole: only a file can be added to.
    const isAppended = superblock.isBeingWritten && known.uri.startsWith('file:');
    return new Hdf5File({ ...sourceOf(known), ...(isAppended ? { isAppended } : {}) }, reader, superblock);
  }

  get uri(): string {
    return this.source.uri;
  }

  get byteLength(): number {
    return this.#reader.byteLength;
  }

  /**
   * What `work` reads. In a file that is being written it may meet a structure that is half written, or longer than the file
   * was: then it is read again, from the file as it is by then. @throws TesseraError as `work`, in the end.
   */
  async steadily<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!this.source.isAppended || attempt === maxAttempts || !isTesseraError(error, 'gone')) throw error;
        await setTimeout(pauseMs * attempt);
        await this.#reader.lookAgain();
        this.globalHeap = new GlobalHeap(this);
      }
    }
  }

  /** Where an address lies, in bytes from the start of the file. */
  byteOffsetOf(address: number): number {
    return this.superblock.baseOffset + address;
  }

  /** Whether a range by address lies in the file as a whole. */
  contains(address: number, byteLength: number): boolean {
    return address >= 0 && byteLength >= 0 && this.byteOffsetOf(address) + byteLength <= this.byteLength;
  }

  /** Exactly these bytes. @throws TesseraError gone if the file has not got them. */
  read(address: number, byteLength: number): Promise<Uint8Array> {
    return this.#reader.read(this.byteOffsetOf(address), byteLength);
  }

  readUpTo(address: number, maxByteLength: number): Promise<Uint8Array> {
    return this.#reader.readUpTo(this.byteOffsetOf(address), maxByteLength);
  }

  async cursorAt(address: number, byteLength: number): Promise<ByteCursor> {
    return new ByteCursor(await this.read(address, byteLength), this);
  }

  cursor(bytes: Uint8Array): ByteCursor {
    return new ByteCursor(bytes, this);
  }
}
