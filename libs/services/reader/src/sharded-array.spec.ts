import fc from 'fast-check';
import { parseScalarType, parseSelection, type CodecSpec } from '@tessera/domain';
import { collect, elements, manifestStore, offsetOf, storeExample, ticketFor, type Example } from '../test/stored-example.ts';
import { ReaderService, type ReaderOptions } from './index.ts';

const octets = 'application/octet-stream';
const dataType = parseScalarType('<i2');
const indexCodecs: readonly CodecSpec[] = [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'crc32c' }];

function sharded(innerShape: readonly number[], location: 'start' | 'end', inner: readonly CodecSpec[]): readonly CodecSpec[] {
  return [{ name: 'sharding_indexed', configuration: { chunk_shape: innerShape, codecs: inner, index_codecs: indexCodecs, index_location: location } }];
}

const plain: readonly CodecSpec[] = [{ name: 'bytes' }];
const compressed: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'gzip', configuration: { level: 1 } }];

function readerOf(example: Example, options: ReaderOptions = {}): ReaderService {
  return new ReaderService(example.store, manifestStore({ it: example.manifest }), options);
}

/** 64 by 64 elements in shards of 32 by 32, with inner chunks of 8 by 8. */
const large = (form: 'template' | 'table' = 'template') =>
  storeExample({ dataType, grid: { shape: [64, 64], chunks: [32, 32] }, form, edge: 'padded', codecs: sharded([8, 8], 'end', plain) });

describe('sharded arrays', () => {
  it('read as any other, whatever the shards', async () => {
    const axis = fc.record({ length: fc.integer({ min: 0, max: 9 }), inner: fc.integer({ min: 1, max: 3 }), count: fc.integer({ min: 1, max: 3 }) });
    const cases = fc.record({
      axes: fc.array(axis, { minLength: 1, maxLength: 3 }), location: fc.constantFrom('start' as const, 'end' as const), inner: fc.constantFrom(plain, compressed),
      form: fc.constantFrom('template' as const, 'table' as const), missing: fc.array(fc.nat(5)), fill: fc.option(fc.nat(255), { nil: undefined }), bandByteLength: fc.integer({ min: 1, max: 100 }),
    });
    await fc.assert(fc.asyncProperty(cases, async ({ axes, location, inner, form, missing, fill, bandByteLength }) => {
      const shape = axes.map((one) => one.length);
      const chunks = axes.map((one) => one.inner * one.count);
      const stored = await storeExample({
        dataType, grid: { shape, chunks }, form, edge: 'padded', codecs: sharded(axes.map((one) => one.inner), location, inner), missing: new Set(missing),
        ...(fill === undefined ? {} : { fillValue: Uint8Array.of(fill, fill) }),
      });
      const reader = readerOf(stored, { bandByteLength, maxBandByteLength: bandByteLength });
      const read = await collect(reader.readArray(ticketFor('it'), { selection: [], mediaType: octets }));
      expect(read.equals(Buffer.from(stored.bytes))).toBe(true);
      const reversed = await collect(reader.readArray(ticketFor('it'), { selection: parseSelection('::-2'), mediaType: octets }));
      const rows = Array.from({ length: Math.ceil(shape[0]! / 2) }, (_, row) => shape[0]! - 1 - row * 2);
      const expected = rows.flatMap((row) => [...elements(shape.slice(1))].map((rest) => offsetOf([row, ...rest], shape)));
      expect([...new Int16Array(reversed.buffer.slice(reversed.byteOffset, reversed.byteOffset + reversed.byteLength))])
        .toEqual(expected.map((at) => new DataView(stored.bytes.buffer).getInt16(at * 2, true)));
    }), { numRuns: 150 });
  });

  it('pass on the ranges of a shard that are asked for, and read nothing else', async () => {
    for (const form of ['template', 'table'] as const) {
      const stored = await large(form);
      const reader = readerOf(stored);
      const shard = { chunkIndex: [1, 0], chunkShape: [32, 32], codecs: stored.manifest.codecs };
      const whole = (await reader.readChunk(ticketFor('it'), shard))!.bytes!;
      const before = stored.store.readByteLength;
      const part = await reader.readChunk(ticketFor('it'), { ...shard, range: { suffixByteLength: 16 * 16 + 4 } });
      expect(part).toMatchObject({ totalByteLength: whole.byteLength, bytes: whole.subarray(-260) });
      expect(await reader.readChunk(ticketFor('it'), { ...shard, range: { start: 128, end: 256 } })).toMatchObject({ bytes: whole.subarray(128, 256) });
      expect(await reader.readChunk(ticketFor('it'), { ...shard, range: { start: 0, end: 0 } })).toMatchObject({ totalByteLength: whole.byteLength, bytes: new Uint8Array() });
      expect(stored.store.readByteLength - before).toBe(260 + 128);
      await expect(reader.readChunk(ticketFor('it'), { ...shard, range: { start: -1 } })).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });

  it('are larger than a response may be, and yet read by ranges', async () => {
    const stored = await large();
    const reader = readerOf(stored, { responseByteLimit: 1000 });
    const shard = { chunkIndex: [0, 0], chunkShape: [32, 32], codecs: stored.manifest.codecs };
    await expect(reader.readChunk(ticketFor('it'), shard)).rejects.toMatchObject({ code: 'too_large' });
    expect((await reader.readChunk(ticketFor('it'), { ...shard, range: { start: 0, end: 128 } }))!.bytes!.byteLength).toBe(128);
    await expect(reader.readChunk(ticketFor('it'), { ...shard, range: { start: 0, end: 1001 } })).rejects.toMatchObject({ code: 'too_large' });
  });

  it('read the inner chunks that are wanted and the index, once', async () => {
    for (const form of ['template', 'table'] as const) {
      const stored = await large(form);
      const reader = readerOf(stored);
      const read = (chunkIndex: readonly number[]) => reader.readChunk(ticketFor('it'), { chunkIndex, chunkShape: [8, 8], codecs: plain });
      await read([1, 1]);
      expect([stored.store.readCount, stored.store.readByteLength]).toEqual([2, 16 * 16 + 4 + 128]);
      await read([2, 3]);
      expect([stored.store.readCount, stored.store.readByteLength]).toEqual([3, 16 * 16 + 4 + 256]);
    }
  });

  it('look into a shard again when it was written anew', async () => {
    const stored = await storeExample({ dataType, grid: { shape: [8], chunks: [8] }, form: 'template', edge: 'padded', codecs: sharded([4], 'end', plain) });
    const uri = 'memory:array/c/0';
    const reader = readerOf(stored);
    const first = async () => (await collect(reader.readArray(ticketFor('it'), { selection: parseSelection('0'), mediaType: octets }))).readInt16LE();
    const shard = Buffer.from(stored.store.objects.get(uri)!);
    const write = (bytes: Buffer, modifiedAtMs: number) => {
      stored.store.objects.set(uri, bytes);
      stored.store.modifiedAtMs.set(uri, modifiedAtMs);
    };
    write(shard, 1000);
    const before = await first();
    expect([await first(), stored.store.readCount]).toEqual([before, 2]);
    const changed = Buffer.from(shard);
    changed.writeInt16LE(before + 1);
    write(changed, 2000);
    expect(await first()).toBe(before + 1);
    // Of the same time as before, but longer.
    write(Buffer.concat([Buffer.alloc(3), shard]), 2000);
    await expect(first()).resolves.not.toBe(before + 1);
  });

  it('say gone for a shard that is cut short, or whose index lies', async () => {
    const request = { selection: parseSelection('0,0'), mediaType: octets };
    const cut = await large();
    cut.store.objects.set('memory:array/c/0/0', cut.store.objects.get('memory:array/c/0/0')!.slice(0, 100));
    await expect(collect(readerOf(cut).readArray(ticketFor('it'), request))).rejects.toMatchObject({ code: 'gone' });
    const lying = await storeExample({
      dataType, grid: { shape: [8], chunks: [8] }, form: 'template', edge: 'padded',
      codecs: [{ name: 'sharding_indexed', configuration: { chunk_shape: [4], codecs: plain, index_codecs: plain, index_location: 'start' } }],
    });
    for (const [offset, length] of [[2n ** 60n, 8n], [0n, 40n]] as const) {
      const shard = lying.store.objects.get('memory:array/c/0')!;
      new DataView(shard.buffer, shard.byteOffset).setBigUint64(0, offset, true);
      new DataView(shard.buffer, shard.byteOffset).setBigUint64(8, length, true);
      await expect(collect(readerOf(lying).readArray(ticketFor('it'), { selection: parseSelection('0'), mediaType: octets }))).rejects.toMatchObject({ code: 'gone' });
    }
  });
});
