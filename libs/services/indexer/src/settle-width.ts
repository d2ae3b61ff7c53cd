import { measureStrings, needsMeasuring } from '@tessera/codecs';
import { isTesseraError, type ByteStore, type Call, type CodecLoaders, type IndexedNode } from '@tessera/domain';

/** Most bytes, stored and decoded, that are read to find the longest string of an array. */
const measureByteLimit = 64 * 2 ** 20;

/** An array of strings of variable length, given the width of its longest; a problem if that cannot be found. Other nodes as they are. */
export async function settleWidth(node: IndexedNode, store: ByteStore, call?: Call, codecs?: CodecLoaders): Promise<IndexedNode> {
  const { manifest, structure } = node;
  if (manifest?.kind !== 'array' || structure.family !== 'array' || !needsMeasuring(manifest)) return node;
  try {
    const measured = await measureStrings(manifest, store, measureByteLimit, call, codecs);
    return { ...node, manifest: measured, structure: { family: 'array', array: { ...structure.array, dataType: measured.dataType } } };
  } catch (error) {
    if (!isTesseraError(error, 'gone') && !isTesseraError(error, 'unsupported') && !isTesseraError(error, 'invalid_argument')) throw error;
    const { manifest: _unreadable, ...rest } = node;
    return { ...rest, structure: { family: 'container' }, problem: error.message };
  }
}
