import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseScalarType, type CodecSpec, type DataType } from '@tessera/domain';
import { createPipeline } from './pipeline.ts';
import { codecs } from './registry.ts';

interface Case {
  readonly name: string;
  readonly codec: string;
  readonly configuration: Record<string, unknown>;
  readonly dtype: string;
  readonly shape: number[];
  readonly encoded: string;
  readonly decoded: string;
}

const fixture = JSON.parse(readFileSync(new URL('../../../../fixtures/codecs/cases.json', import.meta.url), 'utf8')) as { arrays: Record<string, string>; cases: Case[] };
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const open = (specs: CodecSpec[], shape: number[], dataType: DataType) => createPipeline(specs, { shape, dataType });
const u1 = parseScalarType('|u1');

describe('codecs decode what numcodecs encoded', () => {
  it('is given every kind of codec that numcodecs has and we have', () => {
    const tried = new Set(fixture.cases.map((each) => each.codec));
    const ours = [...codecs.keys()].filter((name) => !['transpose', 'bytes', 'sharding_indexed'].includes(name));
    // Codecs of HDF5 alone have tests of their own.
    expect(ours.filter((name) => tried.has(name)).sort()).toEqual([...tried].sort());
  });

  it.each(fixture.cases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const specs = each.codec === 'vlen-utf8' || each.codec === 'vlen-bytes' ? [] : [{ name: 'bytes' }];
    const codec = { name: each.codec, configuration: each.configuration };
    const kind = (await codecs.get(each.codec)!()).kind;
    const pipeline = await open(kind === 'array-to-array' ? [codec, ...specs] : [...specs, codec], each.shape, parseScalarType(each.dtype));
    const decoded = await pipeline.decode(bytesOf(each.encoded));
    expect(Buffer.from(decoded).equals(bytesOf(fixture.arrays[each.decoded]!))).toBe(true);
    expect(bytesOf(each.encoded).byteLength).toBeLessThanOrEqual(pipeline.maxEncodedByteLength);
    if (!pipeline.canEncode) return;
    const again = await pipeline.decode(await pipeline.encode(decoded));
    if (!['quantize', 'fixedscaleoffset', 'bitround'].includes(each.codec)) expect(Buffer.from(again).equals(decoded)).toBe(true);
  });
});

describe('a damaged chunk', () => {
  const damagedCases = fixture.cases.filter((each) => !['shuffle', 'delta', 'fixedscaleoffset', 'quantize', 'astype', 'bitround', 'packbits', 'categorize', 'base64'].includes(each.codec));

  it('is refused or decoded to the right length, whatever its bytes', async () => {
    await fc.assert(fc.asyncProperty(
      fc.constantFrom(...damagedCases.map((each) => each.name)), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.option(fc.nat()),
      async (name, changes, cut) => {
        const each = damagedCases.find((candidate) => candidate.name === name)!;
        const pipeline = await open(each.codec.startsWith('vlen') ? [{ name: each.codec }] : [{ name: 'bytes' }, { name: each.codec, configuration: each.configuration }], each.shape, parseScalarType(each.dtype));
        let bytes = bytesOf(each.encoded);
        for (const [at, value] of changes) bytes[at % Math.min(bytes.byteLength, 200)] = value;
        if (cut !== null) bytes = bytes.subarray(0, cut % (bytes.byteLength + 1));
        try {
          expect((await pipeline.decode(bytes)).byteLength).toBe(pipeline.byteLength);
        } catch (error) {
          expect(['gone', 'stale']).toContain((error as { code?: string }).code);
        }
      }), { numRuns: 600 });
  });

  it.each(['gzip', 'zlib', 'zstd', 'lz4', 'blosc'])('is refused if %s gives more than it should', async (name) => {
    const large = await open([{ name: 'bytes' }, { name }], [1_000_000], u1);
    const bomb = await large.encode(new Uint8Array(1_000_000));
    for (const shape of [[100], [700_000]]) {
      const small = await open([{ name: 'bytes' }, { name }], shape, u1);
      await expect((async () => small.decode(bomb))()).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining(name) });
    }
  });
});
