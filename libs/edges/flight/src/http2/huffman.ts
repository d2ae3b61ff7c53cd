// RFC 7541, 5.2 and appendix B. The code is canonical: the lengths of its codes say all.
import { TesseraError } from '@tessera/domain';

/** Bits of the code of each byte, in base 36. */
const lengths = 'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmnqqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq';

/** Two entries a node, for the bits 0 and 1: the next node, or the complement of a byte; 0 = no code begins so. */
const tree = buildTree();

function buildTree(): Int16Array {
  const nodes = new Int16Array(2 * 256);
  const bytes = Array.from(lengths, (length, byte) => ({ byte, length: parseInt(length, 36) })).sort((a, b) => a.length - b.length || a.byte - b.byte);
  let nodeCount = 1;
  let code = 0;
  let last = bytes[0]!.length;
  for (const { byte, length } of bytes) {
    code <<= length - last;
    last = length;
    let node = 0;
    for (let bit = length - 1; bit >= 0; bit--) {
      const at = 2 * node + ((code >> bit) & 1);
      if (bit === 0) nodes[at] = ~byte;
      else node = nodes[at] ||= nodeCount++;
    }
    code++;
  }
  return nodes;
}

/** @throws TesseraError invalid_argument if it is no text in this code. */
export function decodeHuffman(bytes: Uint8Array): Buffer {
  const decoded: number[] = [];
  let node = 0;
  let bitsSince = 0;
  let onlyOnes = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const value = (byte >> bit) & 1;
      bitsSince++;
      onlyOnes &&= value === 1;
      const next = tree[2 * node + value]!;
      if (next === 0) throw new TesseraError('invalid_argument', 'A header is not in the Huffman code of HPACK.');
      if (next > 0) {
        node = next;
        continue;
      }
      decoded.push(~next);
      node = 0;
      bitsSince = 0;
      onlyOnes = true;
    }
  }
  // The rest of the last byte is padded with the beginning of a code of ones.
  if (bitsSince > 7 || !onlyOnes) throw new TesseraError('invalid_argument', 'A header ends within a code of HPACK.');
  return Buffer.from(decoded);
}
