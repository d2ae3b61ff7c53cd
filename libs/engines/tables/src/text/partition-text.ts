import type { ByteStore, Call, Partition } from '@tessera/domain';
import { rangeReader, readPieces, readPlainPieces } from '@tessera/arrow';

/** The text of a partition in pieces, unpacked if it is gzipped, and then an end without any. */
export async function* partitionText(partition: Partition, store: ByteStore, call: Call | undefined): AsyncGenerator<{ piece: Uint8Array; isLast: boolean }> {
  const read = rangeReader(store, partition.uri, call);
  const gzip = partition.detail?.['gzip'] as { readonly byteOffset: number } | undefined;
  const pieces = gzip ? readPlainPieces(read, partition.byteLength, gzip.byteOffset) : readPieces(read, partition.byteOffset, partition.byteLength);
  for await (const piece of pieces) yield { piece, isLast: false };
  yield { piece: new Uint8Array(0), isLast: true };
}
