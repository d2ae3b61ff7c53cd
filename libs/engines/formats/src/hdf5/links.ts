import { visitRecords } from './btree-v2.ts';
import { damaged } from './damage.ts';
import { FractalHeap } from './fractal-heap.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxNodeCount } from './limits.ts';
import { parseLink, type Link } from './messages/link.ts';
import { messageType, type HeaderMessage } from './object-header.ts';
import { resolveMessage } from './shared-messages.ts';
import { readSymbolTable } from './symbol-table.ts';

/** The links of a group in the order of their names, however they are stored. @throws TesseraError gone. */
export async function readLinks(file: Hdf5File, messages: readonly HeaderMessage[]): Promise<Link[]> {
  const links: Link[] = [];
  for (const message of messages) {
    if (message.type === messageType.symbolTable) links.push(...(await readSymbolTable(file, file.cursor(message.bytes))));
    else if (message.type === messageType.link) links.push(parseLink(file.cursor(await resolveMessage(file, message))));
    else if (message.type === messageType.linkInfo) links.push(...(await readDenseLinks(file, message.bytes)));
  }
  if (links.length > maxNodeCount) throw damaged(`a group has more than ${maxNodeCount} links`);
  return links.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** HDF5 spec IV.A.2.c "Link Info": a fractal heap of link messages, found through a B-tree by name. */
async function readDenseLinks(file: Hdf5File, bytes: Uint8Array): Promise<Link[]> {
  const cursor = file.cursor(bytes);
  cursor.expectVersion('link info', 0);
  const flags = cursor.u8();
  if ((flags & 1) !== 0) cursor.skip(8);
  const heapAddress = cursor.address();
  const treeAddress = cursor.address();
  if (heapAddress === undefined || treeAddress === undefined) return [];
  const ids: Uint8Array[] = [];
  // Record type 5: hash of the name, heap ID.
  await visitRecords(file, treeAddress, (record) => ids.push(record.subarray(4)));
  const heap = await FractalHeap.open(file, heapAddress);
  const links: Link[] = [];
  for (const id of ids) links.push(parseLink(file.cursor(await heap.object(id))));
  return links;
}
