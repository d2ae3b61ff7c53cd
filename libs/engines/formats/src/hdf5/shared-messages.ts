// Messages kept elsewhere: in another object's header (committed datatypes) or in
// the file-wide heap (HDF5 spec III.G "Shared Object Header Message Table", IV.A.2 "shared message").
import type { ByteCursor } from './byte-cursor.ts';
import { checkChecksum } from './checksum.ts';
import { damaged } from './damage.ts';
import { FractalHeap } from './fractal-heap.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { messageType, readObjectHeader, type HeaderMessage } from './object-header.ts';

/** The bytes of the first message of a type, wherever they are kept; undefined if there is none. */
export async function findMessage(file: Hdf5File, messages: readonly HeaderMessage[], type: number): Promise<Uint8Array | undefined> {
  const message = messages.find((candidate) => candidate.type === type);
  return message && resolveMessage(file, message);
}

/** The bytes of a message, wherever they are kept. */
export async function resolveMessage(file: Hdf5File, message: HeaderMessage): Promise<Uint8Array> {
  return message.isShared ? readSharedMessage(file, message.type, file.cursor(message.bytes)) : message.bytes;
}

/** What a shared message at the cursor stands for. `hops` counts the places looked at so far. */
export async function readSharedMessage(file: Hdf5File, type: number, cursor: ByteCursor, hops = 0): Promise<Uint8Array> {
  const version = cursor.expectVersion('shared message', 1, 2, 3);
  const kind = cursor.u8();
  if (version === 3 && kind === 1) return readFromSharedHeap(file, type, cursor.take(8));
  if (version === 1) cursor.skip(6);
  const owner = await readObjectHeader(file, cursor.definedAddress());
  const message = owner.find((candidate) => candidate.type === type);
  // The header of a committed datatype may keep it in the shared heap: one hop more, but no ring.
  if (!message || hops > 1) throw damaged('a shared message leads nowhere');
  return message.isShared ? readSharedMessage(file, type, file.cursor(message.bytes), hops + 1) : message.bytes;
}

async function readFromSharedHeap(file: Hdf5File, type: number, heapId: Uint8Array): Promise<Uint8Array> {
  const { extensionAddress } = file.superblock;
  const extension = extensionAddress === undefined ? [] : await readObjectHeader(file, extensionAddress);
  const table = extension.find((message) => message.type === messageType.sharedMessageTable);
  if (!table) throw damaged('its table of shared messages is missing');
  const cursor = file.cursor(table.bytes);
  cursor.expectVersion('shared message table message', 0);
  const heapAddress = await findSharedHeap(file, type, cursor.definedAddress(), cursor.u8());
  return (await FractalHeap.open(file, heapAddress)).object(heapId);
}

async function findSharedHeap(file: Hdf5File, type: number, address: number, indexCount: number): Promise<number> {
  const bytes = await file.read(address, 4 + indexCount * (14 + 2 * file.offsetSize) + 4);
  checkChecksum(bytes, 'shared message table');
  const cursor = file.cursor(bytes);
  cursor.expectSignature('SMTB');
  for (let index = 0; index < indexCount; index++) {
    cursor.skip(2);
    const holds = cursor.u16();
    cursor.skip(10);
    cursor.skip(file.offsetSize);
    const heapAddress = cursor.address();
    if ((holds & (1 << type)) !== 0 && heapAddress !== undefined) return heapAddress;
  }
  throw damaged('no heap holds a shared message');
}
