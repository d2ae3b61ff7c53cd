import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { parseScalarType, type CodecSpec } from '@tessera/domain';
import { createPipeline } from '../pipeline.ts';

const u1 = parseScalarType('|u1');
const open = (shape: number[], ...specs: CodecSpec[]) => createPipeline([{ name: 'bytes' }, ...specs], { shape, dataType: u1 });

describe('interleaved', () => {
  const of = (count: number, runByteLength: number, byteStride: number) => open([count, runByteLength], { name: 'interleaved', configuration: { runByteLength, byteStride } });

  it('finds the runs among the bytes of others, and zeros where an array has ended', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100 }), fc.nat(20), fc.nat(8), async (count, run, gap, missing) => {
      const there = Math.max(1, count - missing);
      const stored = Uint8Array.from({ length: there * (run + gap) - gap }, (_, at) => (at % (run + gap) < run ? 1 + (at % 250) : 0));
      const decoded = await (await of(count, run, run + gap)).decode(stored);
      const expected = Array.from({ length: count * run }, (_, at) => (at < there * run ? stored[Math.floor(at / run) * (run + gap) + (at % run)] : 0));
      expect([...decoded]).toEqual(expected);
    }));
  });

  it('refuses a run that is cut, and a configuration that does not fit', async () => {
    const pipeline = await of(3, 4, 10);
    for (const byteLength of [0, 3, 13, 23]) expect(() => pipeline.decode(new Uint8Array(byteLength))).toThrow(expect.objectContaining({ code: 'gone' }));
    for (const [run, stride] of [[0, 5], [5, 4], [-1, 1], [2.5, 10]] as const) await expect(open([10], { name: 'interleaved', configuration: { runByteLength: run, byteStride: stride } })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('deflate and prefixed', () => {
  const compressed = deflateRawSync(Buffer.from('header: values'));

  it('leave the values', async () => {
    const pipeline = await open([6], { name: 'prefixed', configuration: { byteLength: 8 } }, { name: 'deflate' });
    expect(Buffer.from(await pipeline.decode(compressed)).toString()).toBe('values');
    expect(compressed.byteLength).toBeLessThanOrEqual(pipeline.maxEncodedByteLength);
  });

  it('refuse more than there should be, less, and what is no deflate', async () => {
    const pipeline = await open([5], { name: 'prefixed', configuration: { byteLength: 8 } }, { name: 'deflate' });
    expect(() => pipeline.decode(compressed)).toThrow(expect.objectContaining({ code: 'gone' }));
    expect(() => pipeline.decode(deflateRawSync(Buffer.from('header')))).toThrow(expect.objectContaining({ code: 'gone' }));
    expect(() => pipeline.decode(Buffer.from('not deflate'))).toThrow(expect.objectContaining({ code: 'gone' }));
    await expect(open([5], { name: 'prefixed', configuration: { byteLength: -1 } })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('bz2', () => {
  // numcodecs.BZ2(1).encode(b"ab" * 3)
  const encoded = Buffer.from('QlpoMTFBWSZTWU4c2wcAAAEBADAAIAAhAIJnF3JFOFCQThzbBw==', 'base64');

  it('reads streams after each other', async () => {
    const pipeline = await open([12], { name: 'bz2' });
    expect(Buffer.from(await pipeline.decode(Buffer.concat([encoded, encoded]))).toString()).toBe('abababababab');
  });

  it('refuses more than there should be, and blocks whose checksum is wrong', async () => {
    const pipeline = await open([11], { name: 'bz2' });
    expect(() => pipeline.decode(Buffer.concat([encoded, encoded]))).toThrow(expect.objectContaining({ code: 'gone', message: expect.stringContaining('more bytes than it should') }));
    const wrong = Uint8Array.from(encoded);
    wrong[10]! ^= 1;
    expect(() => pipeline.decode(wrong)).toThrow(expect.objectContaining({ code: 'gone', message: expect.stringContaining('checksum') }));
  });
});
