import { ByteWriter, undefinedAddress } from './byte-writer.ts';
import { lookup3 } from './checksum.ts';

export const superblockByteLength = 48;

/** Superblock, version 2 (File Format Specification, section II.A): addresses and lengths of eight bytes. */
export function superblock(fileByteLength: number, rootAddress: number): Uint8Array {
  const writer = new ByteWriter(superblockByteLength).bytes(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a));
  writer.u8(2).u8(8).u8(8).u8(0).u64(0).u64(undefinedAddress).u64(fileByteLength).u64(rootAddress);
  return writer.u32(lookup3(writer.done())).done();
}
