// JSON lines, plain or gzipped: types are found in one pass when the file is registered; partitions are byte ranges of whole lines.
import { TesseraError, type ByteStore, type Call, type Entry, type Format, type IndexedNode } from '@tessera/domain';
import { isGzip, rangeReader, readPieces, readPlainPieces } from '@tessera/arrow';
import { hasSuffix, tableNode } from '../arrow/table-node.ts';
import { JsonlScan } from './jsonl-scan.ts';

const mediaType = 'application/x-ndjson';
const suffixes = ['.jsonl', '.ndjson', '.jsonl.gz', '.ndjson.gz'];
const markByteLength = 3;

export const jsonlFormat: Format = {
  name: 'jsonl',
  mediaTypes: [mediaType, 'application/jsonlines', 'application/json-seq'],
  sniff: (entry) => hasSuffix(entry, suffixes),
  async *index(entry: Entry, store: ByteStore, _parameters, call?: Call): AsyncGenerator<IndexedNode> {
    const byteLength = entry.byteLength ?? (await store.stat(entry.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file is not there.');
    const read = rangeReader(store, entry.uri, call);
    const isCompressed = isGzip(await read(0, Math.min(3, byteLength)));
    const pieces = (skipped: number) => (isCompressed ? readPlainPieces(read, byteLength, skipped) : readPieces(read, skipped, byteLength - skipped));
    const skipped = await hasMark(isCompressed ? pieces(0) : readPieces(read, 0, Math.min(markByteLength, byteLength))) ? markByteLength : 0;
    const scan = new JsonlScan(skipped, isCompressed ? Infinity : undefined);
    for await (const piece of pieces(skipped)) scan.push(piece, false);
    scan.push(new Uint8Array(0), true);
    const { schema, ranges } = scan.finish();
    // What is compressed is read from its start on, whatever is wanted of it: it is one partition.
    const partitions = isCompressed
      ? ranges.map(({ byteOffset, rowCount }) => ({ uri: entry.uri, byteOffset: 0, byteLength, rowCount, detail: { gzip: { byteOffset } } }))
      : ranges.map((range) => ({ uri: entry.uri, ...range }));
    yield tableNode({ ...entry, byteLength }, { schema, partitions, decoder: { name: 'jsonl' }, mediaType });
  },
};

/** Whether a UTF-8 byte order mark comes first. */
async function hasMark(pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const piece of pieces) return piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf;
  return false;
}
