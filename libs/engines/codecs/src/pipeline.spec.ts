import fc from 'fast-check';
import { elementCount, parseDescr, parseScalarType, type CodecSpec } from '@tessera/domain';
import { createPipeline } from './pipeline.ts';

const shape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
const dtype = fc.constantFrom('|b1', '|u1', '<i2', '>i2', '<f4', '>f8', '<c8', '>c16', '|S3', '<U2', '>U2', '|V5', '<M8[ns]');
const order = (rank: number) => fc.shuffledSubarray(Array.from({ length: rank }, (_, axis) => axis), { minLength: rank, maxLength: rank });
const inner = fc.constantFrom<CodecSpec[]>([], [{ name: 'gzip' }], [{ name: 'zstd', configuration: { level: 1, checksum: true } }], [{ name: 'shuffle', configuration: { elementsize: 4 } }, { name: 'zlib' }, { name: 'fletcher32' }], [{ name: 'blosc', configuration: { cname: 'lz4', shuffle: 'bitshuffle', clevel: 3 } }], [{ name: 'lz4' }, { name: 'crc32c' }]);
const seeded = (byteLength: number, seed: number) => Uint8Array.from({ length: byteLength }, (_, i) => ((i + seed) * 2654435761) >>> 13);

describe('createPipeline', () => {
  it('decodes what it encoded, for any shape, type and codecs', async () => {
    await fc.assert(fc.asyncProperty(
      shape.chain((lengths) => fc.record({ lengths: fc.constant(lengths), axes: order(lengths.length) })), dtype, fc.constantFrom('little', 'big'), inner, fc.nat(),
      async ({ lengths, axes }, type, endian, rest, seed) => {
        const specs = [{ name: 'transpose', configuration: { order: axes } }, { name: 'bytes', configuration: { endian } }, ...rest];
        const pipeline = await createPipeline(specs, { shape: lengths, dataType: parseScalarType(type) });
        const bytes = seeded(pipeline.byteLength, seed);
        const encoded = await pipeline.encode(bytes);
        expect(encoded.byteLength).toBeLessThanOrEqual(pipeline.maxEncodedByteLength);
        expect(Buffer.from(await pipeline.decode(encoded)).equals(bytes)).toBe(true);
      }), { numRuns: 300 });
  });

  it('reshapes: lengths, axes that are joined, and what is left', async () => {
    const dataType = parseScalarType('<i2');
    const transposed = { name: 'transpose', configuration: { order: [1, 0] } };
    const bytes = Uint8Array.from({ length: 24 }, (_, index) => index);
    const inside = await (await createPipeline([transposed], { shape: [3, 4], dataType })).decode(bytes);
    for (const shape of [[[0, 1], [2]], [3, 4], [-1, 4], [[0, 1], -1]]) {
      const pipeline = await createPipeline([{ name: 'reshape', configuration: { shape } }, transposed], { shape: [1, 3, 4], dataType });
      expect(await pipeline.decode(bytes)).toEqual(inside);
      expect(await pipeline.encode(inside)).toEqual(bytes);
    }
    await expect(createPipeline([{ name: 'reshape', configuration: { shape: [] } }], { shape: [1], dataType })).resolves.toBeDefined();
    for (const shape of [undefined, [5], [-1, -1], [[0], [7]], [3, 'a'], [-1, 5]]) {
      await expect(createPipeline([{ name: 'reshape', configuration: { shape } }], { shape: [1, 3, 4], dataType })).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });

  it('transposes as a naive loop does', async () => {
    await fc.assert(fc.asyncProperty(shape.chain((lengths) => fc.record({ lengths: fc.constant(lengths), axes: order(lengths.length) })), async ({ lengths, axes }) => {
      const pipeline = await createPipeline([{ name: 'transpose', configuration: { order: axes } }], { shape: lengths, dataType: parseScalarType('<i2') });
      const values = Int16Array.from({ length: elementCount(lengths) }, (_, i) => i);
      const encoded = await pipeline.encode(new Uint8Array(values.buffer));
      const got = new Int16Array(new Uint8Array(encoded).buffer);
      const encodedShape = axes.map((axis) => lengths[axis]!);
      const expected = Array.from({ length: values.length }, (_, ordinal) => {
        const index = new Array<number>(lengths.length);
        for (let axis = axes.length - 1, rest = ordinal; axis >= 0; axis--) {
          index[axes[axis]!] = rest % encodedShape[axis]!;
          rest = Math.floor(rest / encodedShape[axis]!);
        }
        return index.reduce((flat, at, axis) => flat * lengths[axis]! + at, 0);
      });
      expect([...got]).toEqual(expected);
    }));
  });

  it('swaps the fields of structs, and only to another byte order', async () => {
    const dataType = parseDescr([['a', '<i2'], ['b', '|S3'], ['c', '>f4', [2]], ['d', [['e', '<c8']]]]);
    const pipeline = await createPipeline([{ name: 'bytes', configuration: { endian: 'big' } }], { shape: [1], dataType });
    const stored = Uint8Array.from({ length: 21 }, (_, i) => i);
    expect([...(await pipeline.decode(stored.subarray(0, dataType.itemsize)))]).toEqual([1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 15, 14, 13, 20, 19, 18, 17]);
    const same = await createPipeline([{ name: 'bytes' }], { shape: [1], dataType });
    expect(same.decode(stored)).toBe(stored);
  });

  it('leaves out codecs that a mask names, and stays synchronous', async () => {
    const specs = [{ name: 'bytes' }, { name: 'shuffle', configuration: { elementsize: 2 } }, { name: 'zlib' }];
    const pipeline = await createPipeline(specs, { shape: [4], dataType: parseScalarType('<i2') });
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect(pipeline.decode(bytes, { codecMask: 0b110 })).toEqual(bytes);
    expect(pipeline.decode(Uint8Array.of(1, 3, 5, 7, 2, 4, 6, 8), { codecMask: 0b100 })).toEqual(bytes);
    expect(() => pipeline.decode(bytes, { codecMask: 0b010 })).toThrow(expect.objectContaining({ code: 'gone', message: expect.stringContaining('zlib') }));
  });

  it('names a codec it does not have, and a chunk of the wrong length', async () => {
    await expect(createPipeline([{ name: 'bytes' }, { name: 'numcodecs.pcodec' }], { shape: [1], dataType: parseScalarType('<i2') }))
      .rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('pcodec'), details: { codec: 'numcodecs.pcodec' } });
    const pipeline = await createPipeline([{ name: 'bytes' }], { shape: [2], dataType: parseScalarType('<i2') });
    expect(() => pipeline.decode(new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'gone' }));
    await expect(createPipeline([{ name: 'bytes' }], { shape: [1e6, 1e6, 1e6], dataType: parseScalarType('<i2') })).rejects.toMatchObject({ code: 'too_large' });
  });

  it.each([
    [{ name: 'transpose', configuration: { order: [0, 0] } }], [{ name: 'transpose', configuration: {} }], [{ name: 'bytes', configuration: { endian: 'middle' } }],
    [{ name: 'shuffle', configuration: { elementsize: 0 } }], [{ name: 'gzip', configuration: { level: 'x' } }], [{ name: 'delta', configuration: { dtype: 'q' } }],
    [{ name: 'sharding_indexed', configuration: { chunk_shape: [3, 2] } }], [{ name: 'blosc', configuration: { shuffle: 'all' } }], [{ name: 'crc32c', configuration: { location: 7 } }],
  ])('refuses the configuration of %j', async (spec) => {
    await expect(createPipeline([spec], { shape: [2, 2], dataType: parseScalarType('<i2') })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('sharding_indexed', () => {
  const dataType = parseScalarType('<u2');
  const shard = (extra: Record<string, unknown> = {}) => ({ name: 'sharding_indexed', configuration: { chunk_shape: [2, 3], codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'gzip' }], ...extra } });

  it.each([{}, { index_location: 'start' }, { index_codecs: [{ name: 'bytes', configuration: { endian: 'big' } }] }])('round-trips with %j', async (extra) => {
    const pipeline = await createPipeline([shard(extra), { name: 'crc32c' }], { shape: [4, 6], dataType });
    const bytes = seeded(48, 3);
    const encoded = await pipeline.encode(bytes);
    expect(encoded.byteLength).toBeLessThanOrEqual(pipeline.maxEncodedByteLength);
    expect(Buffer.from(await pipeline.decode(encoded)).equals(bytes)).toBe(true);
  });

  it('fills inner chunks that were never written', async () => {
    const pipeline = await createPipeline([shard({ index_codecs: [{ name: 'bytes' }] })], { shape: [4, 3], dataType, fillValue: Uint8Array.of(7, 1) });
    const encoded = Buffer.from(await pipeline.encode(seeded(24, 1)));
    encoded.fill(0xff, encoded.byteLength - 16);
    const decoded = new Uint16Array(new Uint8Array(await pipeline.decode(encoded)).buffer);
    expect([...decoded.subarray(6)]).toEqual(new Array(6).fill(0x107));
    expect(Buffer.from(new Uint8Array(decoded.buffer, 0, 12)).equals(seeded(24, 1).subarray(0, 12))).toBe(true);
  });

  it('refuses an inner chunk beyond the end', async () => {
    const pipeline = await createPipeline([shard({ index_codecs: [{ name: 'bytes' }] })], { shape: [4, 3], dataType });
    const encoded = Buffer.from(await pipeline.encode(seeded(24, 1)));
    encoded.writeBigUInt64LE(1n << 62n, encoded.byteLength - 8);
    await expect((async () => pipeline.decode(encoded))()).rejects.toMatchObject({ code: 'gone' });
  });
});
