// HDF5 spec IV.A.1 "Data Object Headers", versions 1 and 2.
import type { ByteCursor } from './byte-cursor.ts';
import { checkChecksum } from './checksum.ts';
import { damaged } from './damage.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxStructureByteLength } from './limits.ts';

/** Message types that are read here (IV.A.2). */
export const messageType = {
  dataspace: 0x01,
  linkInfo: 0x02,
  dataType: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filterPipeline: 0x0b,
  attribute: 0x0c,
  sharedMessageTable: 0x0f,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface HeaderMessage {
  readonly type: number;
  /** The bytes say where the message is, instead of being it. */
  readonly isShared: boolean;
  readonly bytes: Uint8Array;
}

interface Block {
  readonly address: number;
  readonly byteLength: number;
}

/** The messages of an object, continuation blocks included. @throws TesseraError gone. */
export async function readObjectHeader(file: Hdf5File, address: number): Promise<HeaderMessage[]> {
  const start = await file.readUpTo(address, 4);
  const isNew = start[0] === 0x4f && start[1] === 0x48 && start[2] === 0x44 && start[3] === 0x52;
  return isNew ? readNewHeader(file, address) : readOldHeader(file, address);
}

/** Follows continuation messages; each block once, all together within a bound. */
class BlockQueue {
  readonly #pending: Block[] = [];
  readonly #seen = new Set<number>();
  #byteLength = 0;

  add(block: Block): void {
    this.#byteLength += block.byteLength;
    if (this.#seen.has(block.address) || this.#byteLength > maxStructureByteLength) throw damaged('an object header continues without end');
    this.#seen.add(block.address);
    this.#pending.push(block);
  }

  next(): Block | undefined {
    return this.#pending.shift();
  }
}

async function readOldHeader(file: Hdf5File, address: number): Promise<HeaderMessage[]> {
  const prefix = await file.cursorAt(address, 12);
  prefix.expectVersion('object header', 1);
  prefix.skip(1);
  let left = prefix.u16();
  prefix.skip(4);
  const messages: HeaderMessage[] = [];
  const blocks = new BlockQueue();
  // The prefix is padded to 8 bytes.
  blocks.add({ address: address + 16, byteLength: prefix.u32() });
  for (let block = blocks.next(); block && left > 0; block = blocks.next()) {
    const cursor = await file.cursorAt(block.address, block.byteLength);
    for (; cursor.remaining >= 8 && left > 0; left--) {
      const type = cursor.u16();
      const byteLength = cursor.u16();
      const flags = cursor.u8();
      cursor.skip(3);
      addMessage(file, messages, blocks, type, flags, cursor.take(byteLength));
    }
  }
  return messages;
}

async function readNewHeader(file: Hdf5File, address: number): Promise<HeaderMessage[]> {
  const prefix = file.cursor(await file.readUpTo(address, 34));
  prefix.expectSignature('OHDR');
  prefix.expectVersion('object header', 2);
  const flags = prefix.u8();
  if ((flags & 0x20) !== 0) prefix.skip(16);
  if ((flags & 0x10) !== 0) prefix.skip(4);
  const byteLength = prefix.uint(1 << (flags & 3));
  const hasCreationOrder = (flags & 4) !== 0;
  const messages: HeaderMessage[] = [];
  const blocks = new BlockQueue();
  const first = await file.read(address, prefix.position + byteLength + 4);
  checkChecksum(first, 'object header');
  addNewMessages(file, messages, blocks, file.cursor(first.subarray(prefix.position, -4)), hasCreationOrder);
  for (let block = blocks.next(); block; block = blocks.next()) {
    const bytes = await file.read(block.address, block.byteLength);
    checkChecksum(bytes, 'object header continuation');
    const cursor = file.cursor(bytes.subarray(0, -4));
    cursor.expectSignature('OCHK');
    addNewMessages(file, messages, blocks, cursor, hasCreationOrder);
  }
  return messages;
}

function addNewMessages(file: Hdf5File, messages: HeaderMessage[], blocks: BlockQueue, cursor: ByteCursor, hasCreationOrder: boolean): void {
  // Fewer bytes than a message header are a gap (IV.A.1.b).
  while (cursor.remaining >= (hasCreationOrder ? 6 : 4)) {
    const type = cursor.u8();
    const byteLength = cursor.u16();
    const flags = cursor.u8();
    if (hasCreationOrder) cursor.skip(2);
    addMessage(file, messages, blocks, type, flags, cursor.take(byteLength));
  }
}

function addMessage(file: Hdf5File, messages: HeaderMessage[], blocks: BlockQueue, type: number, flags: number, bytes: Uint8Array): void {
  if (type === messageType.continuation) {
    const cursor = file.cursor(bytes);
    blocks.add({ address: cursor.definedAddress(), byteLength: cursor.length() });
  } else if (type !== 0) {
    messages.push({ type, isShared: (flags & 2) !== 0, bytes });
  }
}
