import type { ByteStore, Call } from '@tessera/domain';
import { BlockWindow } from '../block-window.ts';
import { damaged } from './damage.ts';
import { maxStructureByteLength } from './limits.ts';

/** 16 MiB of blocks: the metadata of most files, and a bound for the rest. What is longer is chunk index pages and raw data. */
const blocks = { blockByteLength: 64 * 1024, maxBlocks: 256, maxCachedRead: 512 * 1024, formatName: 'HDF5' };

/** Structures of one file, each of a bounded length. */
export class MetadataReader extends BlockWindow {
  constructor(store: ByteStore, uri: string, byteLength: number, call?: Call) {
    super(store, uri, byteLength, blocks, call);
  }

  /** Exactly `byteLength` bytes. @throws TesseraError gone if they are not all in the file, or too many. */
  override async read(position: number, byteLength: number): Promise<Uint8Array> {
    if (byteLength > maxStructureByteLength) throw damaged(`it holds a structure of ${byteLength} bytes`);
    return super.read(position, byteLength);
  }

  /** As many of the bytes as the file has. */
  async readUpTo(position: number, maxByteLength: number): Promise<Uint8Array> {
    return this.read(position, Math.min(maxByteLength, Math.max(0, this.byteLength - position)));
  }
}
