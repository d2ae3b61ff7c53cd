// HDF5 spec III.E "Disk Format: Level 1E - Global Heap": values of variable length.
import { ByteCursor } from './byte-cursor.ts';
import { damaged } from './damage.ts';
import type { Hdf5File } from './hdf5-file.ts';

type Collection = ReadonlyMap<number, Uint8Array>;

const maxCollections = 64;

/** Objects of global heap collections; the last collections used stay parsed. */
export class GlobalHeap {
  readonly #file: Hdf5File;
  readonly #collections = new Map<number, Collection>();

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** @throws TesseraError gone if there is no such object. */
  async object(address: number, index: number): Promise<Uint8Array> {
    const collection = this.#collections.get(address) ?? (await this.#load(address));
    const object = collection.get(index);
    if (!object) throw damaged('a global heap has no object of the number asked for');
    return object;
  }

  async #load(address: number): Promise<Collection> {
    const header = await this.#file.cursorAt(address, 8 + this.#file.lengthSize);
    header.expectSignature('GCOL');
    header.expectVersion('global heap', 1);
    header.skip(3);
    const byteLength = header.length();
    const collection = parseCollection(new ByteCursor(await this.#file.read(address, byteLength), this.#file, header.position));
    this.#collections.set(address, collection);
    if (this.#collections.size > maxCollections) this.#collections.delete(this.#collections.keys().next().value!);
    return collection;
  }
}

function parseCollection(cursor: ByteCursor): Collection {
  const objects = new Map<number, Uint8Array>();
  while (cursor.remaining >= 16) {
    const index = cursor.u16();
    // Object 0 is the free space up to the end.
    if (index === 0) break;
    cursor.skip(6);
    const byteLength = cursor.length();
    objects.set(index, cursor.take(byteLength));
    cursor.skip(Math.min((8 - (byteLength % 8)) % 8, cursor.remaining));
  }
  return objects;
}
