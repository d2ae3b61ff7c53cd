import { zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { decompressBuffer } from './body-compression.ts';

const content = Buffer.alloc(300_000, 'tessera ');

function framed(compressed: Uint8Array, declared: number): Uint8Array {
  return Buffer.concat([Buffer.from(BigInt64Array.of(BigInt(declared)).buffer), compressed]);
}

const codecs = [['zstd', zstdCompressSync(content)], ['lz4', compressFrameSync(content)]] as const;

describe.each(codecs)('%s', (codec, compressed) => {
  it('decompresses', () => {
    expect(Buffer.from(decompressBuffer(codec, framed(compressed, content.byteLength), content.byteLength)).equals(content)).toBe(true);
  });

  it('takes stored buffers as they are', () => {
    expect([...decompressBuffer(codec, framed(Uint8Array.of(1, 2, 3), -1), 3)]).toEqual([1, 2, 3]);
    expect(decompressBuffer(codec, new Uint8Array(0), 10)).toHaveLength(0);
  });

  it.each([
    ['claims more than the column needs', framed(compressed, content.byteLength), 1000],
    ['holds more than it claims', framed(compressed, 1000), 1000],
    ['holds less than it claims', framed(compressed, content.byteLength + 1), content.byteLength + 1],
    ['is cut off', framed(compressed.subarray(0, compressed.byteLength - 20), content.byteLength), content.byteLength],
    ['is no frame', framed(Buffer.alloc(40, 7), 40), 40],
    ['has no length', Uint8Array.of(1, 2), 40],
    ['has a negative length', framed(compressed, -2), content.byteLength],
  ])('refuses a buffer that %s', (_, bytes, maxByteLength) => {
    expect(() => decompressBuffer(codec, bytes, maxByteLength)).toThrow(expect.objectContaining({ code: 'gone' }));
  });
});

it('refuses an LZ4 bomb before it goes off', () => {
  const bomb = compressFrameSync(Buffer.alloc(64 * 2 ** 20));
  expect(() => decompressBuffer('lz4', framed(bomb, 1000), 1000)).toThrow(expect.objectContaining({ code: 'gone', message: expect.stringMatching(/could hold more/) }));
});
