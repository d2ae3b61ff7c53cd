// CSV and TSV: types are found in one pass when the file is registered; partitions are byte ranges of whole lines.
import { TesseraError, type ByteStore, type Call, type Entry, type Format, type IndexedNode } from '@tessera/domain';
import { rangeReader, readPieces } from '@tessera/arrow';
import { hasSuffix, tableNode } from '../arrow/table-node.ts';
import { parseCsvParameters } from './csv-parameters.ts';
import { CsvScan } from './csv-scan.ts';

const mediaType = 'text/csv';
const headByteLength = 64 * 2 ** 10;

export const csvFormat: Format = {
  name: 'csv',
  mediaTypes: [mediaType, 'text/csv;header=present', 'text/tab-separated-values'],
  sniff: (entry) => hasSuffix(entry, ['.csv', '.tsv']),
  async *index(entry: Entry, store: ByteStore, parameters, call?: Call): AsyncGenerator<IndexedNode> {
    const csv = parseCsvParameters(parameters, hasSuffix(entry, ['.tsv']) ? '\t' : ',');
    const byteLength = entry.byteLength ?? (await store.stat(entry.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file is not there.');
    const read = rangeReader(store, entry.uri, call);
    const markByteLength = checkHead(await read(0, Math.min(headByteLength, byteLength)));
    const scan = new CsvScan(csv, markByteLength);
    let left = byteLength - markByteLength;
    for await (const piece of readPieces(read, markByteLength, left)) {
      left -= piece.byteLength;
      scan.push(piece, left === 0);
    }
    const { schema, types, encoding, ranges } = scan.finish();
    const partitions = ranges.map((range) => ({ uri: entry.uri, ...range }));
    const decoder = { name: 'csv', configuration: { delimiter: csv.delimiter, encoding, types } };
    yield tableNode({ ...entry, byteLength }, { schema, partitions, decoder, mediaType });
  },
};

/** Length of a byte order mark. @throws TesseraError gone for what is not text in an encoding that is read. */
function checkHead(head: Uint8Array): number {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) throw new TesseraError('gone', 'The CSV file is in UTF-16. Save it as UTF-8.');
  if (head.includes(0)) throw new TesseraError('gone', 'The CSV file cannot be read: it is not text.');
  return starts(0xef, 0xbb, 0xbf) ? 3 : 0;
}
