// CSV and TSV, plain or gzipped: types are found in one pass when the file is registered; partitions are byte ranges of whole lines.
import { TesseraError, type ByteStore, type Call, type Entry, type Format, type IndexedNode } from '@tessera/domain';
import { isGzip, rangeReader, readPieces, readPlainPieces } from '@tessera/arrow';
import { hasSuffix, tableNode } from '../arrow/table-node.ts';
import { parseCsvParameters } from './csv-parameters.ts';
import { CsvScan } from './csv-scan.ts';
import { sniffDelimiter } from './sniff-delimiter.ts';

const mediaType = 'text/csv';
const headByteLength = 64 * 2 ** 10;

export const csvFormat: Format = {
  name: 'csv',
  mediaTypes: [mediaType, 'text/csv;header=present', 'text/tab-separated-values'],
  sniff: (entry) => hasSuffix(entry, ['.csv', '.tsv', '.csv.gz', '.tsv.gz']),
  async *index(entry: Entry, store: ByteStore, parameters, call?: Call): AsyncGenerator<IndexedNode> {
    const byteLength = entry.byteLength ?? (await store.stat(entry.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file is not there.');
    const read = rangeReader(store, entry.uri, call);
    const isCompressed = isGzip(await read(0, Math.min(3, byteLength)));
    const head = await readHead(isCompressed ? readPlainPieces(read, byteLength) : readPieces(read, 0, byteLength, headByteLength + 1));
    const markByteLength = checkHead(head.bytes);
    const usualDelimiter = hasSuffix(entry, ['.tsv', '.tsv.gz']) ? '\t' : sniffDelimiter(head.bytes.subarray(markByteLength), head.isWhole, ',');
    const csv = parseCsvParameters(parameters, usualDelimiter);
    // What is compressed is read from its start on, whatever is wanted of it: cut into parts it would be read once for each.
    const scan = new CsvScan(csv, markByteLength, isCompressed ? Infinity : undefined);
    const pieces = isCompressed ? readPlainPieces(read, byteLength, markByteLength) : readPieces(read, markByteLength, byteLength - markByteLength);
    for await (const piece of pieces) scan.push(piece, false);
    scan.push(new Uint8Array(0), true);
    const { schema, types, encoding, ranges } = scan.finish();
    const partitions = isCompressed
      ? ranges.map((range) => ({ uri: entry.uri, byteOffset: 0, byteLength, rowCount: range.rowCount, detail: { gzip: { byteOffset: range.byteOffset } } }))
      : ranges.map((range) => ({ uri: entry.uri, ...range }));
    const decoder = { name: 'csv', configuration: { delimiter: csv.delimiter, encoding, types } };
    yield tableNode({ ...entry, byteLength }, { schema, partitions, decoder, mediaType });
  },
};

/** The first bytes of a file's content, as many as are looked at. */
async function readHead(pieces: AsyncIterable<Uint8Array>): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  for await (const piece of pieces) {
    parts.push(new Uint8Array(piece));
    byteLength += piece.byteLength;
    if (byteLength > headByteLength) break;
  }
  return { bytes: Buffer.concat(parts).subarray(0, headByteLength), isWhole: byteLength <= headByteLength };
}

/** Length of a byte order mark. @throws TesseraError gone for what is not text in an encoding that is read. */
function checkHead(head: Uint8Array): number {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) throw new TesseraError('gone', 'The CSV file is in UTF-16. Save it as UTF-8.');
  if (head.includes(0)) throw new TesseraError('gone', 'The CSV file cannot be read: it is not text.');
  return starts(0xef, 0xbb, 0xbf) ? 3 : 0;
}
