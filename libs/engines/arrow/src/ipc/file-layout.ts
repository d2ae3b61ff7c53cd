// Where the parts of an Arrow IPC file lie (Arrow columnar format, "IPC File Format"), read by ranges.
import { TesseraError } from '@tessera/domain';
import { damaged } from './damaged.ts';
import { FlatTable, structSize } from './flatbuffer.ts';
import { maxHeaderByteLength, parseMessage, readMessagePrefix, type BatchHeader } from './message.ts';
import { decodeFooterSchema, encodeSchemaMessage } from './schema-message.ts';

const magic = 'ARROW1';
/** Magic and two bytes of padding; and at the end: footer length and magic. */
const headByteLength = 8;
const tailByteLength = 10;
const maxBlockCount = 2 ** 20;

/** Reads exactly the bytes asked for. @throws TesseraError gone if the file is shorter. */
export type ReadRange = (byteOffset: number, byteLength: number) => Promise<Uint8Array>;

/** A message in a file: its header (with prefix), then its body. */
export interface IpcBlock {
  readonly byteOffset: number;
  readonly headerByteLength: number;
  readonly bodyByteLength: number;
}

export interface IpcFileLayout {
  /** Encapsulated schema message, as the file has it. */
  readonly schema: Uint8Array;
  readonly dictionaries: readonly IpcBlock[];
  readonly batches: readonly IpcBlock[];
}

/** Whether a file starts like an Arrow IPC file. */
export function isIpcFile(head: Uint8Array): boolean {
  return head.byteLength >= magic.length && [...magic].every((letter, i) => head[i] === letter.charCodeAt(0));
}

/** @throws TesseraError gone if it is not a whole Arrow IPC file. */
export async function readIpcFileLayout(byteLength: number, read: ReadRange): Promise<IpcFileLayout> {
  if (byteLength < headByteLength + tailByteLength) throw damaged('the file is too short');
  const head = await read(0, Math.min(headByteLength + 8, byteLength));
  if (!isIpcFile(head)) throw damaged('the file does not start with ARROW1');
  const tail = await read(byteLength - tailByteLength, tailByteLength);
  if (!isIpcFile(tail.subarray(4))) throw damaged('the file has no end, it was cut off or is still being written');
  const footerByteLength = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  const footerStart = byteLength - tailByteLength - footerByteLength;
  if (footerByteLength <= 0 || footerByteLength > maxHeaderByteLength || footerStart < headByteLength) throw damaged('the footer has an impossible length');
  const footerBytes = await read(footerStart, footerByteLength);
  const schema = (await readSchema(head, footerStart, read)) ?? encodeSchemaMessage(decodeFooterSchema(footerBytes));
  const footer = FlatTable.root(footerBytes);
  return { schema, dictionaries: readBlocks(footer, 2, byteLength), batches: readBlocks(footer, 3, byteLength) };
}

/** The schema message at the start; undefined if there is another message, for some writers leave it out. */
async function readSchema(head: Uint8Array, end: number, read: ReadRange): Promise<Uint8Array | undefined> {
  const prefix = readMessagePrefix(head, headByteLength);
  if (!prefix) return undefined;
  const messageByteLength = prefix.prefixByteLength + prefix.headerByteLength;
  if (headByteLength + messageByteLength > end) throw damaged('the schema is cut off');
  const message = new Uint8Array(await read(headByteLength, messageByteLength));
  return parseMessage(message.subarray(prefix.prefixByteLength)).kind === 'schema' ? message : undefined;
}

/** Block of File.fbs: int64 offset, int32 header length, 4 bytes of padding, int64 body length. */
function readBlocks(footer: FlatTable, slot: number, byteLength: number): IpcBlock[] {
  if (footer.vectorLength(slot, 24) > maxBlockCount) throw new TesseraError('unsupported', `The Arrow file has more than ${maxBlockCount} record batches. Write it with larger batches.`);
  return [...footer.structs(slot, 24)].map((view) => {
    const block = { byteOffset: structSize(view, 0), headerByteLength: view.getInt32(8, true), bodyByteLength: structSize(view, 16) };
    const end = block.byteOffset + block.headerByteLength + block.bodyByteLength;
    if (block.headerByteLength < 8 || block.headerByteLength > maxHeaderByteLength || end > byteLength) throw damaged('a record batch lies outside the file');
    return block;
  });
}

/** Header of one block, without its body. */
export async function readBlockHeader(block: IpcBlock, read: ReadRange): Promise<{ kind: 'batch' | 'dictionary'; batch: BatchHeader; metadataVersion: number; dictionaryId: number; isDelta: boolean }> {
  const bytes = await read(block.byteOffset, block.headerByteLength);
  const prefix = readMessagePrefix(bytes);
  if (!prefix || prefix.prefixByteLength + prefix.headerByteLength > bytes.byteLength) throw damaged('a record batch is cut off');
  const message = parseMessage(bytes.subarray(prefix.prefixByteLength, prefix.prefixByteLength + prefix.headerByteLength));
  if (message.kind !== 'batch' && message.kind !== 'dictionary') throw damaged('there is no record batch where the footer says');
  if (message.bodyByteLength > block.bodyByteLength) throw damaged('a record batch is longer than the footer says');
  return { dictionaryId: -1, isDelta: false, ...message };
}
