import { isTesseraError, type Json, type JsonObject } from '@tessera/domain';
import { attributeValue, type PathOfReference } from './attribute-value.ts';
import { visitRecords } from './btree-v2.ts';
import { damaged } from './damage.ts';
import { FractalHeap } from './fractal-heap.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxAttributeByteLength, maxAttributesByteLength } from './limits.ts';
import { parseAttribute, type Attribute } from './messages/attribute.ts';
import { messageType, type HeaderMessage } from './object-header.ts';
import { resolveMessage } from './shared-messages.ts';

/** An attribute whose name could be read; its value is read on demand. */
export interface NamedAttribute {
  readonly name: string;
  readonly read: () => Promise<Attribute>;
}

/**
 * The attributes of an object, from its header and from dense storage. One whose
 * place or name is damaged is left out; values fail when they are read.
 */
export async function readAttributes(file: Hdf5File, messages: readonly HeaderMessage[]): Promise<NamedAttribute[]> {
  const attributes: NamedAttribute[] = [];
  let byteLength = 0;
  const add = async (bytes: () => Promise<Uint8Array>): Promise<void> => {
    await skippingDamage(async () => {
      const attribute = await bytes();
      byteLength += attribute.byteLength;
      if (byteLength <= maxAttributesByteLength) attributes.push(parseAttribute(file, file.cursor(attribute)));
    });
  };
  for (const message of messages) {
    if (message.type === messageType.attribute) await add(() => resolveMessage(file, message));
    if (message.type !== messageType.attributeInfo) continue;
    await skippingDamage(async () => {
      const dense = await openDenseAttributes(file, message.bytes);
      for (const id of dense.ids) await add(() => dense.heap!.object(id));
    });
  }
  return attributes;
}

/** HDF5 spec IV.A.2.v "Attribute Info": attribute messages in a fractal heap, found through a B-tree by name. */
async function openDenseAttributes(file: Hdf5File, bytes: Uint8Array): Promise<{ heap?: FractalHeap; ids: Uint8Array[] }> {
  const cursor = file.cursor(bytes);
  cursor.expectVersion('attribute info', 0);
  const flags = cursor.u8();
  if ((flags & 1) !== 0) cursor.skip(2);
  const heapAddress = cursor.address();
  const treeAddress = cursor.address();
  if (heapAddress === undefined || treeAddress === undefined) return { ids: [] };
  const heap = await FractalHeap.open(file, heapAddress);
  const ids: Uint8Array[] = [];
  // Record type 8: heap ID, flags, creation order, hash.
  await visitRecords(file, treeAddress, (record) => {
    if (record.byteLength < 17) throw damaged('a B-tree of attributes is of another kind');
    if ((record[8]! & 2) === 0) ids.push(record.subarray(0, 8));
  });
  return { heap, ids };
}

async function skippingDamage(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isTesseraError(error, 'gone')) throw error;
  }
}

/** Attributes as JSON metadata. A value that is damaged, of no JSON form or too long is null. */
export async function attributesAsMetadata(file: Hdf5File, attributes: readonly NamedAttribute[], pathOf: PathOfReference): Promise<JsonObject> {
  const entries: [string, Json][] = [];
  for (const { name, read } of attributes) {
    let value: Json = null;
    await skippingDamage(async () => {
      const attribute = await read();
      if (attribute.bytes.byteLength <= maxAttributeByteLength) value = await attributeValue(file, attribute, pathOf);
    });
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}
