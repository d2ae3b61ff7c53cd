import type { RecordBatch, Schema, Vector } from 'apache-arrow';
import { damaged } from './damaged.ts';
import { loadBatch, type EncodedBatch } from './load-batch.ts';
import { loadDictionary } from './load-dictionary.ts';
import { parseMessage, readMessagePrefix } from './message.ts';
import { decodeSchemaMessage } from './schema-message.ts';

/** Schema and batches of a whole IPC stream in memory. @throws TesseraError gone if it is damaged. */
export async function readIpcStream(bytes: Uint8Array): Promise<{ schema: Schema; batches: RecordBatch[] }> {
  let schema: Schema | undefined;
  const dictionaries = new Map<number, Vector>();
  const batches: RecordBatch[] = [];
  let at = 0;
  for (let prefix = readMessagePrefix(bytes, at); prefix; prefix = readMessagePrefix(bytes, at)) {
    const headerStart = at + prefix.prefixByteLength;
    const bodyStart = headerStart + prefix.headerByteLength;
    if (bodyStart > bytes.byteLength) throw damaged('the stream is cut off');
    const message = parseMessage(bytes.subarray(headerStart, bodyStart));
    if (bodyStart + message.bodyByteLength > bytes.byteLength) throw damaged('the stream is cut off');
    if (message.kind === 'schema') schema = decodeSchemaMessage(bytes.subarray(at, bodyStart));
    else if (message.kind !== 'other') {
      if (!schema) throw damaged('a batch comes before the schema');
      const readBody = (byteOffset: number, byteLength: number) => bytes.subarray(bodyStart + byteOffset, bodyStart + byteOffset + byteLength);
      const encoded: EncodedBatch = { header: message.batch, metadataVersion: message.metadataVersion, readBody };
      if (message.kind === 'batch') batches.push(await loadBatch(schema, encoded, dictionaries));
      else dictionaries.set(message.dictionaryId, await loadDictionary(schema, message.dictionaryId, message.isDelta, encoded, dictionaries));
    }
    at = bodyStart + message.bodyByteLength;
  }
  if (!schema) throw damaged('it has no schema');
  return { schema, batches };
}
