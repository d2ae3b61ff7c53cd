// Encapsulated messages (Arrow columnar format, "Encapsulated message format"):
// 0xFFFFFFFF, int32 length, a flatbuffer padded to 8 bytes, then the body.
import { damaged } from './damaged.ts';
import { FlatTable, structSize } from './flatbuffer.ts';

export interface FieldNode {
  readonly length: number;
  readonly nullCount: number;
}

/** A buffer in a body, in bytes from its start. */
export interface BufferRegion {
  readonly byteOffset: number;
  readonly byteLength: number;
}

export type BodyCompression = 'lz4' | 'zstd';

/** Header of a record batch, or of the values of a dictionary. */
export interface BatchHeader {
  readonly rowCount: number;
  readonly nodes: readonly FieldNode[];
  readonly buffers: readonly BufferRegion[];
  /** By column of a view type: how many data buffers follow its views. */
  readonly viewBufferCounts: readonly number[];
  readonly compression?: BodyCompression;
}

export type IpcMessage = { readonly bodyByteLength: number; readonly metadataVersion: number } & (
  | { readonly kind: 'schema' }
  | { readonly kind: 'batch'; readonly batch: BatchHeader }
  | { readonly kind: 'dictionary'; readonly batch: BatchHeader; readonly dictionaryId: number; readonly isDelta: boolean }
  | { readonly kind: 'other' }
);

/** No honest message header is longer. */
export const maxHeaderByteLength = 64 * 2 ** 20;

/** Rows a batch may have: what pyarrow and apache-arrow can hold. */
export const maxBatchRowCount = 2 ** 31 - 2;

/** Length of a message's flatbuffer and of what stands before it; undefined at the end of a stream. */
export function readMessagePrefix(bytes: Uint8Array, at = 0): { prefixByteLength: number; headerByteLength: number } | undefined {
  if (bytes.byteLength - at < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.byteLength - at);
  // Before Arrow 0.15 there was no continuation marker.
  const isMarked = view.getUint32(0, true) === 0xffffffff;
  if (isMarked && view.byteLength < 8) throw damaged('a message is cut off');
  const headerByteLength = view.getInt32(isMarked ? 4 : 0, true);
  if (headerByteLength === 0) return undefined;
  if (headerByteLength < 0 || headerByteLength > maxHeaderByteLength) throw damaged('the length of a message is out of range');
  return { prefixByteLength: isMarked ? 8 : 4, headerByteLength };
}

/** Reads the flatbuffer of a message, without its prefix. @throws TesseraError gone if it does not hold together. */
export function parseMessage(header: Uint8Array): IpcMessage {
  const message = FlatTable.root(header);
  const metadataVersion = message.int16(0);
  const bodyByteLength = message.size(3);
  const common = { bodyByteLength, metadataVersion };
  const content = message.table(2);
  if (!content) throw damaged('a message has no header');
  switch (message.uint8(1)) {
    case 1:
      return { kind: 'schema', ...common };
    case 2: {
      const batch = content.table(1);
      if (!batch) throw damaged('a dictionary has no values');
      return { kind: 'dictionary', ...common, batch: parseBatch(batch, bodyByteLength), dictionaryId: content.size(0), isDelta: content.uint8(2) === 1 };
    }
    case 3:
      return { kind: 'batch', ...common, batch: parseBatch(content, bodyByteLength) };
    default:
      return { kind: 'other', ...common };
  }
}

function parseBatch(batch: FlatTable, bodyByteLength: number): BatchHeader {
  const rowCount = batch.size(0);
  if (rowCount > maxBatchRowCount) throw damaged(`a batch claims ${rowCount} rows`);
  const nodes = [...batch.structs(1, 16)].map((view) => ({ length: structSize(view, 0), nullCount: structSize(view, 8) }));
  const buffers = [...batch.structs(2, 16)].map((view) => ({ byteOffset: structSize(view, 0), byteLength: structSize(view, 8) }));
  if (buffers.some(({ byteOffset, byteLength }) => byteOffset + byteLength > bodyByteLength)) throw damaged('a buffer lies outside its batch');
  const viewBufferCounts = [...batch.structs(4, 8)].map((view) => structSize(view, 0));
  const compression = batch.table(3);
  const header = { rowCount, nodes, buffers, viewBufferCounts };
  if (!compression) return header;
  const codec = compression.uint8(0);
  if (codec > 1 || compression.uint8(1) !== 0) throw damaged('its compression is unknown');
  return { ...header, compression: codec === 0 ? 'lz4' : 'zstd' };
}
