// Groups of old files: a version 1 B-tree of symbol tables, names in a local heap
// (HDF5 spec III.A.1, III.B "Group Symbol Table Nodes", III.C "Symbol Table Entry").
import type { ByteCursor } from './byte-cursor.ts';
import { damaged } from './damage.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxNodeCount } from './limits.ts';
import { readLocalHeap } from './local-heap.ts';
import type { Link } from './messages/link.ts';
import { beforeNul, decodeText } from './text.ts';

const softLinkCacheType = 2;

/** The links of a symbol table message. */
export async function readSymbolTable(file: Hdf5File, message: ByteCursor): Promise<Link[]> {
  const treeAddress = message.definedAddress();
  const names = await readLocalHeap(file, message.definedAddress());
  const textAt = (offset: number): string => {
    if (offset >= names.byteLength) throw damaged('a name lies beyond its heap');
    return decodeText(beforeNul(names.subarray(offset)));
  };
  const links: Link[] = [];
  for await (const address of symbolNodes(file, treeAddress)) {
    const header = await file.cursorAt(address, 8);
    header.expectSignature('SNOD');
    header.expectVersion('symbol table node', 1);
    header.skip(1);
    const count = header.u16();
    const entryByteLength = 2 * file.offsetSize + 24;
    const cursor = await file.cursorAt(address + 8, count * entryByteLength);
    for (let index = 0; index < count; index++) links.push(parseEntry(file.cursor(cursor.take(entryByteLength)), textAt));
    if (links.length > maxNodeCount) throw damaged(`a group has more than ${maxNodeCount} links`);
  }
  return links;
}

function parseEntry(entry: ByteCursor, textAt: (offset: number) => string): Link {
  const name = textAt(entry.definedAddress());
  const address = entry.address();
  const cacheType = entry.u32();
  entry.skip(4);
  if (cacheType === softLinkCacheType) return { name, kind: 'soft', path: textAt(entry.u32()) };
  if (address === undefined) throw damaged('a link leads to no address');
  return { name, kind: 'hard', address };
}

/** Addresses of the symbol table nodes below a B-tree node. */
async function* symbolNodes(file: Hdf5File, rootAddress: number): AsyncGenerator<number> {
  const seen = new Set<number>();
  const pending: { address: number; level?: number }[] = [{ address: rootAddress }];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (seen.has(node.address) || seen.size > maxNodeCount) throw damaged('a B-tree of names runs in a ring');
    seen.add(node.address);
    const header = await file.cursorAt(node.address, 8);
    header.expectSignature('TREE');
    if (header.u8() !== 0) throw damaged('a B-tree of names is of another kind');
    const level = header.u8();
    if (node.level !== undefined && level !== node.level) throw damaged('the levels of a B-tree do not fit');
    const count = header.u16();
    const cursor = await file.cursorAt(node.address + 8 + 2 * file.offsetSize, count * (file.lengthSize + file.offsetSize));
    const children = Array.from({ length: count }, () => {
      cursor.skip(file.lengthSize);
      return cursor.definedAddress();
    });
    if (level === 0) yield* children;
    else for (const address of children.reverse()) pending.push({ address, level: level - 1 });
  }
}
