import fc from 'fast-check';
import { isTesseraError } from '../errors/tessera-error.ts';
import { decodeManifest, encodeManifest } from './manifest-bytes.ts';
import type { ArrayManifest, Manifest, TableManifest } from './manifest.ts';

const tableRefs = fc.record({
  form: fc.constant('table' as const),
  uris: fc.array(fc.webUrl(), { minLength: 1, maxLength: 3 }),
  byteOffsets: fc.array(fc.integer({ min: -1 })).map((list) => Float64Array.from(list)),
  byteLengths: fc.array(fc.nat()).map((list) => Float64Array.from(list)),
  codecMasks: fc.array(fc.nat()).map((list) => Uint32Array.from(list)),
});
const inlineRefs = fc.record({ form: fc.constant('inline' as const), bytes: fc.uint8Array() });
const json = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>);

const manifests: fc.Arbitrary<Manifest> = fc.oneof(
  fc.record({
    kind: fc.constant('array' as const),
    dataType: fc.constant({ kind: 'f', itemsize: 8, endianness: 'little' } as const),
    grid: fc.constant({ shape: [7, 0], chunks: [3, [0]] }),
    edge: fc.constantFrom('padded', 'clipped'),
    fillValue: fc.uint8Array({ maxLength: 16 }),
    codecs: fc.array(fc.record({ name: fc.string(), configuration: json })),
    refs: fc.oneof(tableRefs, inlineRefs),
    sources: fc.array(fc.record({ uri: fc.webUrl(), byteLength: fc.nat() }, { requiredKeys: ['uri'] })),
  }, { requiredKeys: ['kind', 'dataType', 'grid', 'edge', 'codecs', 'refs', 'sources'] }) as fc.Arbitrary<ArrayManifest>,
  fc.record({
    kind: fc.constant('table' as const),
    schema: fc.uint8Array(),
    partitions: fc.array(fc.record({ uri: fc.webUrl(), byteOffset: fc.nat(), byteLength: fc.nat(), rowCount: fc.nat(), detail: json })),
    decoder: fc.record({ name: fc.string() }),
    sources: fc.constant([]),
  }) as fc.Arbitrary<TableManifest>,
);

const codeOf = (bytes: Uint8Array) => {
  try {
    decodeManifest(bytes);
    return 'decoded';
  } catch (error) {
    return isTesseraError(error) ? error.code : error;
  }
};

describe('manifest bytes', () => {
  it('decode to what was encoded, wherever they lie in a buffer', () => {
    fc.assert(fc.property(manifests, fc.nat(9), (manifest, shift) => {
      const bytes = encodeManifest(manifest);
      expect(decodeManifest(bytes)).toEqual(manifest);
      const room = Buffer.alloc(bytes.byteLength + shift);
      room.set(bytes, shift);
      expect(decodeManifest(room.subarray(shift))).toEqual(manifest);
    }));
  });

  it('are the same for the same manifest, in whatever order its parts were given', () => {
    const reversed = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
      if (Array.isArray(value)) return value.map(reversed);
      return Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, reversed(item)]));
    };
    fc.assert(fc.property(manifests, (manifest) => {
      expect(encodeManifest(reversed(manifest) as Manifest)).toEqual(encodeManifest(manifest));
    }));
  });

  it('differ as soon as anything differs', () => {
    fc.assert(fc.property(manifests, manifests, (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b));
      expect(Buffer.compare(encodeManifest(a), encodeManifest(b))).not.toBe(0);
    }));
  });

  it('are small next to their tables, and keep them apart from what looks alike', () => {
    const lookalike = { kind: 'table', schema: new Uint8Array(3), partitions: [{ uri: 'u', byteOffset: 0, byteLength: 0, rowCount: 0, detail: { $bin: 'nonsense' } }], decoder: { name: 'csv' }, sources: [] } as const;
    expect(decodeManifest(encodeManifest(lookalike))).toEqual(lookalike);
  });

  it('are refused when damaged', () => {
    const bytes = encodeManifest({ kind: 'table', schema: new Uint8Array(100), partitions: [], decoder: { name: 'csv' }, sources: [] });
    for (const length of [0, 7, 8, 20, bytes.byteLength - 100]) expect(codeOf(bytes.slice(0, length))).toBe('internal');
    expect(codeOf(new Uint8Array(64))).toBe('internal');
    const wrongLength = bytes.slice();
    wrongLength.fill(255, 4, 8);
    expect(codeOf(wrongLength)).toBe('internal');
  });
});
