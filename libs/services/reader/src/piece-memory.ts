// Memory for the pieces of responses, used again for the next ones: how much there is does not depend on when the garbage
// collector comes.
import { BytePool, lentPiece, ownPiece, passPieceOn } from '@tessera/domain';

/** Longer ones are freed once they are released. */
const longestPooled = 4 * 2 ** 20;
/** Shorter ones cost less than keeping account of them. */
const shortestLent = 64 * 1024;

/** Of all responses. */
const pool = new BytePool();

/** Memory with anything in it, which whoever has no more use of it may release (`releasePiece`). Typed arrays can view it in place. */
export function lendPiece(byteLength: number): Uint8Array {
  if (byteLength < shortestLent) return Buffer.allocUnsafeSlow(byteLength);
  if (byteLength > longestPooled) return ownPiece(Buffer.allocUnsafeSlow(byteLength));
  const { bytes, release } = pool.lend(byteLength);
  return lentPiece(bytes, release);
}

/** Reads into such memory if the store takes any: then what was read can be released. */
export async function readLent<Read extends { readonly bytes: Uint8Array }>(read: (allocate: (byteLength: number) => Uint8Array) => Promise<Read | undefined>): Promise<Read | undefined> {
  let lent: Uint8Array | undefined;
  const found = await read((byteLength) => (lent = lendPiece(byteLength)));
  if (found && lent?.buffer === found.bytes.buffer) passPieceOn(lent!, found.bytes);
  return found;
}
