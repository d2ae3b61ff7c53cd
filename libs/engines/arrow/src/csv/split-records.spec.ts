import fc from 'fast-check';
import { RecordSplitter, fieldBytes, maxRecordByteLength } from './split-records.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function split(text: string, pieceByteLength = Infinity, delimiter = ','): { fields: string[][]; ranges: [number, number][] } {
  const splitter = new RecordSplitter(delimiter.charCodeAt(0));
  const bytes = bytesOf(text);
  const fields: string[][] = [];
  const ranges: [number, number][] = [];
  for (let at = 0; at < bytes.byteLength; at += pieceByteLength) {
    const end = Math.min(at + pieceByteLength, bytes.byteLength);
    for (const record of splitter.push(bytes.slice(at, end), end === bytes.byteLength)) {
      fields.push(Array.from({ length: record.count }, (_, i) => new TextDecoder().decode(fieldBytes(record.field(i)))));
      ranges.push([record.byteOffset, record.endByteOffset]);
    }
  }
  return { fields, ranges };
}

describe('RecordSplitter', () => {
  it.each([
    ['a,b\n1,2\n', [['a', 'b'], ['1', '2']]],
    ['a,b\r\n1,2\r\n', [['a', 'b'], ['1', '2']]],
    ['a\r1\r2', [['a'], ['1'], ['2']]],
    ['a,\n,b', [['a', ''], ['', 'b']]],
    ['"a,b","c\nd"\n', [['a,b', 'c\nd']]],
    ['"say ""hi""",""\n', [['say "hi"', '']]],
    ['"x"y,x"y"\n', [['xy', 'x"y"']]],
    ['a\n\n \n\t\nb\n', [['a'], ['b']]],
    ['""\n', [['']]],
  ])('%j', (text, expected) => {
    expect(split(text).fields).toEqual(expected);
  });

  it('cuts tabs, and keeps lines of empty fields', () => {
    expect(split('a\tb\n\t\n', Infinity, '\t').fields).toEqual([['a', 'b'], ['', '']]);
  });

  it('gives a field that is not there as empty', () => {
    const [record] = [...new RecordSplitter(44).push(bytesOf('a'), true)];
    expect(fieldBytes(record!.field(5))).toHaveLength(0);
  });

  it('gives the same records however the bytes are cut into pieces', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'ü', ' '), maxLength: 6 });
    fc.assert(fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\r'), fc.integer({ min: 1, max: 7 }), (rows, end, size) => {
      const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',') + end).join('');
      expect(split(text, size)).toEqual(split(text));
      expect(split(text).fields).toEqual(rows);
      // Records lie end to end.
      const { ranges } = split(text);
      ranges.forEach(([start], i) => expect(start).toBe(i === 0 ? 0 : ranges[i - 1]![1]));
    }));
  });

  it('does not gather a file behind an open quote', () => {
    expect(() => split('a\n"b')).toThrow(expect.objectContaining({ code: 'gone', message: expect.stringMatching(/quote/) }));
    const splitter = new RecordSplitter(44);
    const piece = new Uint8Array(maxRecordByteLength / 2 + 1).fill(0x61);
    piece[0] = 0x22;
    expect([...splitter.push(piece, false)]).toEqual([]);
    expect(() => [...splitter.push(piece.fill(0x61), false)]).toThrow(expect.objectContaining({ code: 'gone' }));
  });
});
