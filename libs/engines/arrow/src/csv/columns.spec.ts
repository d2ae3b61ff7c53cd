import fc from 'fast-check';
import { Vector } from 'apache-arrow';
import { columnBuilder, type CsvEncoding } from './column-builder.ts';
import { TypeInference, type CsvType } from './infer-type.ts';

const field = (text: string, encoding: BufferEncoding = 'utf8') => {
  const bytes = Buffer.from(text, encoding);
  return { bytes, start: 0, end: bytes.byteLength };
};

function infer(texts: readonly string[]): CsvType {
  const inference = new TypeInference();
  texts.forEach((text) => inference.add(field(text)));
  return inference.type;
}

function build(type: CsvType, texts: readonly string[], encoding: CsvEncoding = 'utf-8'): unknown[] {
  const builder = columnBuilder(type, encoding);
  texts.forEach((text) => builder.add(field(text, encoding === 'utf-8' ? 'utf8' : 'latin1')));
  return new Vector([builder.finish()]).toJSON();
}

it.each<[string[], CsvType]>([
  [['1', '-2'], 'int64'],
  [['1', ''], 'float64'],
  [['1', '2.5'], 'float64'],
  [['18446744073709551615', '1'], 'uint64'],
  [['18446744073709551615', '-1'], 'utf8'],
  [['18446744073709551615', 'NA'], 'utf8'],
  [['18446744073709551616'], 'utf8'],
  [['-9223372036854775808'], 'int64'],
  [['True', 'false'], 'bool'],
  [['True', ''], 'bool'],
  [['True', '1'], 'utf8'],
  [['1', 'x'], 'utf8'],
  [['2024-02-29', 'NA'], 'date32'],
  [['2024-02-29', '2024-02-29 12:00'], 'timestamp[s]'],
  [['2024-02-29T12:00:00.5', '2024-02-29T12:00:00'], 'timestamp[ns]'],
  [['2024-02-29T12:00Z', '2024-02-29T12:00-05'], 'timestamp[s, UTC]'],
  [['2024-02-29T12:00:00.5Z'], 'timestamp[ns, UTC]'],
  [['2024-02-29T12:00Z', '2024-02-29'], 'utf8'],
  [['1600-01-01T00:00:00.5'], 'utf8'],
  [['2023-02-29'], 'utf8'],
  [['2024-01-01T24:00'], 'utf8'],
  [['2024-01-01T00:00:00.'], 'utf8'],
  [['2024-01-01T00:00:0'], 'utf8'],
  [['2024-01-01T00:0'], 'utf8'],
  [['2024-01-01', '1'], 'utf8'],
  [['', 'NA'], 'float64'],
  [[], 'utf8'],
])('%j is %s', (texts, type) => {
  expect(infer(texts)).toBe(type);
});

it('builds columns of each type, with what is missing', () => {
  expect(build('int64', ['1', '-1', '4294967296', '-4294967297', '9007199254740993', '-9223372036854775808'])).toEqual([1n, -1n, 4294967296n, -4294967297n, 9007199254740993n, -(2n ** 63n)]);
  expect(build('uint64', ['0', '18446744073709551615'])).toEqual([0n, 2n ** 64n - 1n]);
  expect(build('float64', ['1', 'NA', '-inf', '2.5'])).toEqual([1, null, -Infinity, 2.5]);
  expect(build('bool', ['True', '', 'false', 'true'])).toEqual([true, null, false, true]);
  expect(build('bool', ['True', 'TRUE'])).toEqual([true, true]);
  expect(build('utf8', ['grün', 'NA', '', 'a text that is longer than thirty-two bytes'])).toEqual(['grün', null, null, 'a text that is longer than thirty-two bytes']);
  expect(build('utf8', ['grün'], 'latin-1')).toEqual(['grün']);
});

it('counts days and seconds as Date does', () => {
  const inYears = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
  fc.assert(fc.property(fc.date(inYears), fc.integer({ min: -23 * 60, max: 23 * 60 }), (date, zone) => {
    const text = date.toISOString();
    const second = BigInt(Math.floor(date.getTime() / 1000));
    const sign = zone < 0 ? '-' : '+';
    const [hours, minutes] = [Math.floor(Math.abs(zone) / 60), Math.abs(zone) % 60].map((part) => String(part).padStart(2, '0'));
    const stored = (type: CsvType, value: string) => {
      const builder = columnBuilder(type, 'utf-8');
      builder.add(field(value));
      return (builder.finish().values as BigInt64Array)[0];
    };
    expect(stored('timestamp[s]', text.slice(0, 19))).toBe(second);
    expect(stored('timestamp[s, UTC]', `${text.slice(0, 19)}${sign}${hours}:${minutes}`)).toBe(second - BigInt(zone * 60));
    expect(BigInt(stored('date32', text.slice(0, 10))!)).toBe(BigInt(Math.floor(date.getTime() / 86_400_000)));
  }));
});

it('grows, and starts anew after each batch', () => {
  const count = 5000;
  for (const type of ['int64', 'float64', 'utf8', 'bool'] as const) {
    const builder = columnBuilder(type, 'utf-8');
    const text = (i: number) => (type === 'bool' ? (i % 3 === 0 ? 'True' : 'False') : String(i));
    for (let i = 0; i < count; i++) builder.add(field(text(i)));
    const first = new Vector([builder.finish()]);
    expect(builder.byteLength).toBe(0);
    builder.add(field(text(1)));
    expect([first.length, String(first.get(count - 1)), first.nullCount]).toEqual([count, type === 'bool' ? 'false' : String(count - 1), 0]);
    expect(new Vector([builder.finish()]).length).toBe(1);
  }
});

it('says that the file has changed when a field is not of its column', () => {
  for (const [type, text] of [['int64', '1.5'], ['int64', 'x'], ['float64', 'x'], ['bool', '1'], ['date32', '2024-01-01T00:00'], ['timestamp[s]', '2024-01-01T00:00Z'], ['timestamp[s]', '2024-01-01T00:00:00.5']] as const) {
    expect(() => build(type, [text])).toThrow(expect.objectContaining({ code: 'stale' }));
  }
});
