import { connect, createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { isTesseraError } from '@tessera/domain';
import fc from 'fast-check';
import { encodeHeaders, HeaderDecoder } from './hpack.ts';
import { decodeHuffman } from './huffman.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('header compression', () => {
  it('reads the requests of RFC 7541, C.4, one after the other', () => {
    const decoder = new HeaderDecoder();
    const first = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' };
    expect(Object.fromEntries(decoder.decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')))).toEqual(first);
    expect(Object.fromEntries(decoder.decode(hex('8286 84be 5886 a8eb 1064 9cbf')))).toEqual({ ...first, 'cache-control': 'no-cache' });
    expect(Object.fromEntries(decoder.decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'))))
      .toEqual({ ':method': 'GET', ':scheme': 'https', ':path': '/index.html', ':authority': 'www.example.com', 'custom-key': 'custom-value' });
  });

  it('forgets the oldest when its table is full, or made smaller (RFC 7541, C.5 begins so)', () => {
    const decoder = new HeaderDecoder();
    const add = (name: string, value: string) => Buffer.concat([Buffer.from([0x40, name.length]), Buffer.from(name), Buffer.from([0x7f, ...integer(value.length - 127)]), Buffer.from(value)]);
    const integer = (value: number) => (value < 128 ? [value] : [(value % 128) | 128, Math.floor(value / 128)]);
    for (const name of ['a', 'b', 'c']) expect([...decoder.decode(add(name, 'x'.repeat(1500)))]).toEqual([[name, 'x'.repeat(1500)]]);
    expect([...decoder.decode(Buffer.from([0x80 | 62, 0x80 | 63]))].map(([name]) => name)).toEqual(['c', 'b']);
    expect(() => decoder.decode(Buffer.from([0x80 | 64]))).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    decoder.decode(Buffer.from([0x20]));
    expect(() => decoder.decode(Buffer.from([0x80 | 62]))).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('does not unfold a little into much', () => {
    const decoder = new HeaderDecoder();
    decoder.decode(Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('a'), Buffer.from([0x7f, 0x81, 0x17]), Buffer.from('x'.repeat(3072))]));
    expect(() => decoder.decode(Buffer.alloc(1000, 0x80 | 62))).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  it('reads what it writes, and what Node writes', async () => {
    const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 300 });
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name }), (headers) => {
      expect([...new HeaderDecoder().decode(encodeHeaders(headers))]).toEqual(headers);
    }));
    const server = createServer();
    const found: IncomingHttpHeaders[] = [];
    server.on('stream', (stream, headers) => {
      found.push(headers);
      stream.respond({}, { endStream: true });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await new Promise((resolve) => { session.request({ ':path': '/x', 'x-test': '~{}|`^<>"' }).resume().on('close', resolve); });
    expect(found[0]!['x-test']).toBe('~{}|`^<>"');
    session.destroy();
    server.close();
  });

  it('is refused, and never anything worse, if it is damaged', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const refused = (decode: () => unknown) => {
        try {
          decode();
        } catch (error) {
          expect(isTesseraError(error, 'invalid_argument') || isTesseraError(error, 'too_large')).toBe(true);
        }
      };
      refused(() => new HeaderDecoder().decode(bytes));
      refused(() => decodeHuffman(bytes));
    }), { numRuns: 2000 });
    expect(() => decodeHuffman(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow();
    expect(() => decodeHuffman(Buffer.from([0b00011_000]))).toThrow();
  });
});
