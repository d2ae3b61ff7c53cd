// Where the messages of an Arrow IPC stream lie (Arrow columnar format, "IPC Streaming Format"): it has no footer, so every
// message's header is read, and no body.
import { TesseraError, isTesseraError } from '@tessera/domain';
import { damaged } from './damaged.ts';
import type { IpcBlock, ReadRange } from './file-layout.ts';
import { parseMessage, readMessagePrefix, type IpcMessage } from './message.ts';

/** Read at once: most headers are shorter. */
const usualHeaderByteLength = 1024;
const maxMessageCount = 2 ** 20;

export interface StreamBatch extends IpcBlock {
  readonly rowCount: number;
}

export interface StreamDictionary extends IpcBlock {
  readonly id: number;
  readonly isDelta: boolean;
}

export interface IpcStreamLayout {
  /** Encapsulated schema message, as the stream has it. */
  readonly schema: Uint8Array;
  /** Batches and dictionaries, in their order. */
  readonly messages: readonly ({ readonly kind: 'batch'; readonly block: StreamBatch } | { readonly kind: 'dictionary'; readonly block: StreamDictionary })[];
}

/** Whether a file starts like an Arrow IPC stream: with a schema message. Those from before Arrow 0.15 have no mark to tell them by. */
export function isIpcStream(head: Uint8Array): boolean {
  try {
    const prefix = head.byteLength >= 16 && head[0] === 0xff ? readMessagePrefix(head) : undefined;
    if (prefix?.prefixByteLength !== 8) return false;
    const header = head.subarray(prefix.prefixByteLength, prefix.prefixByteLength + prefix.headerByteLength);
    return parseMessage(header).kind === 'schema';
  } catch (error) {
    if (isTesseraError(error)) return false;
    throw error;
  }
}

/** @throws TesseraError gone if it is damaged or cut off within a message. An end mark may be missing. */
export async function readIpcStreamLayout(byteLength: number, read: ReadRange): Promise<IpcStreamLayout> {
  let schema: Uint8Array | undefined;
  const messages: IpcStreamLayout['messages'][number][] = [];
  for (let at = 0; ;) {
    const found = await readMessage(at, byteLength, read);
    if (!found) break;
    const { message, bytes } = found;
    const block = { byteOffset: at, headerByteLength: bytes.byteLength, bodyByteLength: message.bodyByteLength };
    at += block.headerByteLength + block.bodyByteLength;
    if (at > byteLength) throw damaged('the stream is cut off');
    if (message.kind === 'schema') schema ??= new Uint8Array(bytes);
    else if (!schema) throw damaged('the stream does not start with a schema');
    if (message.kind === 'batch') messages.push({ kind: 'batch', block: { ...block, rowCount: message.batch.rowCount } });
    if (message.kind === 'dictionary') messages.push({ kind: 'dictionary', block: { ...block, id: message.dictionaryId, isDelta: message.isDelta } });
    if (messages.length > maxMessageCount) throw new TesseraError('unsupported', `The Arrow stream has more than ${maxMessageCount} record batches. Write it with larger batches.`);
  }
  if (!schema) throw damaged('the stream has no schema');
  return { schema, messages };
}

/** A message with its header's bytes, prefix included; undefined at the end. */
async function readMessage(at: number, byteLength: number, read: ReadRange): Promise<{ message: IpcMessage; bytes: Uint8Array } | undefined> {
  let bytes = await read(at, Math.min(usualHeaderByteLength, byteLength - at));
  const prefix = readMessagePrefix(bytes);
  if (!prefix) return undefined;
  const { prefixByteLength, headerByteLength } = prefix;
  const messageByteLength = prefixByteLength + headerByteLength;
  if (at + messageByteLength > byteLength) throw damaged('the stream is cut off');
  if (messageByteLength > bytes.byteLength) bytes = await read(at, messageByteLength);
  return { message: parseMessage(bytes.subarray(prefixByteLength, messageByteLength)), bytes: bytes.subarray(0, messageByteLength) };
}
