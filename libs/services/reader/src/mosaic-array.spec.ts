import fc from 'fast-check';
import {
  decodeManifest, encodeManifest, parseScalarType, parseSelection, resolveSelection, tileExtent,
  type ArrayManifest, type CodecSpec, type TableRefs, type Tile, type TileAxis, type TileRuns,
} from '@tessera/domain';
import { collect, elements, manifestStore, offsetOf, storeExample, ticketFor } from '../test/stored-example.ts';
import { ReaderService } from './index.ts';

const octets = 'application/octet-stream';
const dataType = parseScalarType('<i2');
const plain: readonly CodecSpec[] = [{ name: 'bytes' }];
const compressed: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'zlib', configuration: { level: 1 } }];
const fillValue = Uint8Array.of(0x7f, 0x7f);

const run = fc.record({
  start: fc.nat(3), gap: fc.nat(2), count: fc.integer({ min: 1, max: 3 }), length: fc.integer({ min: 1, max: 3 }), arrayStart: fc.nat(2), arrayGap: fc.nat(2),
}).map(({ gap, arrayGap, ...rest }): TileRuns => ({ ...rest, stride: rest.length + gap, arrayStride: rest.length + arrayGap }));

/** One or two progressions of runs, the second after the first in the whole and in the array. */
const runs = fc.tuple(run, fc.option(run, { nil: undefined })).map(([first, second]): TileRuns[] => {
  if (!second) return [first];
  const arrayEnd = first.arrayStart + (first.count - 1) * first.arrayStride + first.length;
  return [first, { ...second, start: second.start + tileExtent([first]).end, arrayStart: second.arrayStart + arrayEnd }];
});
const tileAxis = fc.oneof({ weight: 4, arbitrary: runs.map((list) => ({ runs: list, isKept: true })) }, { weight: 1, arbitrary: fc.nat(5).map((start) => ({
  runs: [{ start, stride: 1, count: 1, length: 1, arrayStart: 0, arrayStride: 1 }], isKept: false,
})) });

interface Case {
  readonly tiles: readonly { readonly axes: readonly { readonly runs: readonly TileRuns[]; readonly isKept: boolean }[]; readonly isTurned: boolean }[];
  readonly chunks: readonly number[];
  readonly innerChunk: number;
  readonly missing: readonly number[];
  readonly slice: string;
  readonly bandByteLength: number;
}

const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 3 }).chain((rank) => fc.record({
  tiles: fc.array(fc.record({ axes: fc.array(tileAxis, { minLength: rank, maxLength: rank }), isTurned: fc.boolean() }), { maxLength: 4 }),
  chunks: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: rank, maxLength: rank }),
  innerChunk: fc.integer({ min: 1, max: 5 }),
  missing: fc.array(fc.nat(6), { maxLength: 3 }),
  slice: fc.constantFrom(':', '::-1', '1:-1', '::2', '::-3', '2:', ':,::-1', ':,::3', '0', '-1'),
  bandByteLength: fc.integer({ min: 16, max: 400 }),
}));

const arrayEndOf = (list: readonly TileRuns[]) => Math.max(...list.map((one) => one.arrayStart + (one.count - 1) * one.arrayStride + one.length));

/** Elements of an axis that a tile has: place in the whole, place in the array. */
function pairs(list: readonly TileRuns[]): [number, number][] {
  return list.flatMap((one) => Array.from({ length: one.count * one.length }, (_, index): [number, number] => {
    const [number, within] = [Math.floor(index / one.length), index % one.length];
    return [one.start + number * one.stride + within, one.arrayStart + number * one.arrayStride + within];
  }));
}

/** The mosaic, and the whole array as its tiles laid one over the other make it. */
async function build({ tiles: drawn, chunks, innerChunk, missing }: Case) {
  const rank = chunks.length;
  const shape = chunks.map((_, axis) => Math.max(1, ...drawn.map((tile) => tileExtent(tile.axes[axis]!.runs).end)));
  const whole = new Uint8Array(shape.reduce((product, length) => product * length, 2)).fill(0x7f);
  const arrays: ArrayManifest[] = [];
  const tiles: Tile[] = [];
  const objects = new Map<string, Uint8Array>();
  let store;
  for (const { axes: drawnAxes, isTurned } of drawn) {
    const kept = [...drawnAxes.keys()].filter((axis) => drawnAxes[axis]!.isKept);
    if (isTurned) kept.reverse();
    // An axis of the array that no axis of the whole runs along comes last.
    const arrayShape = [...kept.map((axis) => arrayEndOf(drawnAxes[axis]!.runs)), 3];
    const example = await storeExample({
      dataType, grid: { shape: arrayShape, chunks: arrayShape.map(() => innerChunk) }, form: 'table', edge: 'padded', codecs: isTurned ? plain : compressed, missing: new Set(missing),
    });
    store ??= example.store;
    const uri = `memory:part${arrays.length}`;
    objects.set(uri, example.store.objects.get('memory:file')!);
    arrays.push({ ...example.manifest, refs: { ...(example.manifest.refs as TableRefs), uris: [uri] } });
    const axes = drawnAxes.map(({ runs: list }, axis): TileAxis => (kept.includes(axis) ? { axis: kept.indexOf(axis), runs: list } : { runs: list }));
    tiles.push({ array: tiles.length, axes, origin: [...kept.map(() => 0), 2] });
    const places = axes.map((axis) => pairs(axis.runs));
    for (const index of elements(places.map((list) => list.length))) {
      const at = offsetOf(index.map((position, axis) => places[axis]![position]![0]), shape);
      const from = offsetOf([...kept.map((axis) => places[axis]![index[axis]!]![1]), 2], arrayShape);
      whole.set(example.bytes.subarray(from * 2, from * 2 + 2), at * 2);
    }
  }
  const { store: last } = await storeExample({ dataType, grid: { shape: [1], chunks: [1] }, form: 'table', edge: 'padded', codecs: plain });
  objects.forEach((bytes, uri) => last.objects.set(uri, bytes));
  const manifest: ArrayManifest = {
    kind: 'array', dataType, grid: { shape, chunks }, edge: 'clipped', fillValue, codecs: plain, refs: { form: 'mosaic', arrays, tiles }, sources: [],
  };
  return { manifest: decodeManifest(encodeManifest(manifest)) as ArrayManifest, store: last, whole, shape, rank };
}

describe('mosaics', () => {
  it('read as their tiles, one laid over the other, whatever the chunks', async () => {
    let laid = 0;
    await fc.assert(fc.asyncProperty(cases, async (drawn) => {
      const { manifest, store, whole, shape, rank } = await build(drawn);
      const reader = new ReaderService(store, manifestStore({ it: manifest }), { bandByteLength: drawn.bandByteLength, maxBandByteLength: drawn.bandByteLength });
      expect(Buffer.compare(await collect(reader.readArray(ticketFor('it'), { selection: [], mediaType: octets })), whole)).toBe(0);
      const selection = parseSelection(drawn.slice).slice(0, rank);
      const ranges = resolveSelection(selection, shape);
      const expected = [...elements(ranges.map((range) => range.count))].map((index) => {
        const at = offsetOf(index.map((position, axis) => ranges[axis]!.start + position * ranges[axis]!.step), shape) * 2;
        return whole.subarray(at, at + 2);
      });
      expect(Buffer.compare(await collect(reader.readArray(ticketFor('it'), { selection, mediaType: octets })), Buffer.concat(expected))).toBe(0);
      laid += drawn.tiles.length;
    }), { numRuns: 60 });
    expect(laid).toBeGreaterThan(30);
  });

  it('give whole chunks, and none where there is no tile', async () => {
    const { store, manifest: part, bytes } = await storeExample({ dataType, grid: { shape: [8], chunks: [8] }, form: 'table', edge: 'padded', codecs: compressed });
    const tile: Tile = { array: 0, origin: [0], axes: [{ axis: 0, runs: [{ start: 2, stride: 8, count: 1, length: 8, arrayStart: 0, arrayStride: 8 }] }] };
    const manifest: ArrayManifest = { kind: 'array', dataType, grid: { shape: [16], chunks: [4] }, edge: 'clipped', fillValue, codecs: plain, refs: { form: 'mosaic', arrays: [part], tiles: [tile] }, sources: [] };
    const reader = new ReaderService(store, manifestStore({ it: manifest }));
    const read = (chunk: number) => reader.readChunk(ticketFor('it'), { chunkIndex: [chunk], chunkShape: [4], codecs: plain });
    expect([...(await read(0))!.bytes!]).toEqual([0x7f, 0x7f, 0x7f, 0x7f, ...bytes.subarray(0, 4)]);
    expect([...(await read(1))!.bytes!]).toEqual([...bytes.subarray(4, 12)]);
    expect(await read(3)).toBeUndefined();
  });
});
