import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { gridShape, locate, type ArrayManifest, type ByteStore, type Entry, type IndexedNode } from '@tessera/domain';
import { netcdfFormat } from '../netcdf/netcdf.format.ts';

const folder = new URL('../../../../../fixtures/netcdf/', import.meta.url);
const fixtures = readdirSync(folder).filter((name) => name.startsWith('classic')).map((name) => new Uint8Array(readFileSync(new URL(name, folder))));

/** A file of `byteLength` bytes that begins with `head` and has zeros, but for its offset in each 8 bytes, after it. */
function storeOf(head: Uint8Array, byteLength = head.byteLength): { entry: Entry; store: ByteStore } {
  const entry: Entry = { uri: 'memory:/x.nc', isDirectory: false, byteLength };
  const store: ByteStore = {
    read: async (_uri, range = { byteOffset: 0 }) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(range.byteLength ?? Infinity, byteLength - range.byteOffset)));
      bytes.set(head.subarray(range.byteOffset, range.byteOffset + bytes.byteLength));
      if (range.byteOffset >= head.byteLength && bytes.byteLength === 8) new DataView(bytes.buffer).setFloat64(0, range.byteOffset);
      return bytes;
    },
    stat: async () => entry,
    list: async function* () { /* no folder */ },
  };
  return { entry, store };
}

async function indexed(head: Uint8Array, byteLength?: number): Promise<Map<string, IndexedNode>> {
  const { entry, store } = storeOf(head, byteLength);
  const nodes = await Array.fromAsync(netcdfFormat.index(entry, store, {}));
  return new Map(nodes.map((node) => [node.path.join('/'), node]));
}

const manifestAt = (nodes: ReadonlyMap<string, IndexedNode>, name: string) => nodes.get(name)!.manifest as ArrayManifest;

interface Variable { readonly name: string; readonly type: number; readonly dimensions: readonly number[]; readonly byteOffset: number }

/** A CDF-2 header without attributes; dimension 0 is the unlimited one. */
function header(recordCount: number, lengths: readonly number[], variables: readonly Variable[]): Uint8Array {
  const words: number[] = [0x43444602, recordCount, 10, lengths.length];
  const name = (text: string) => [1, text.charCodeAt(0) * 2 ** 24];
  lengths.forEach((length, index) => words.push(...name('abcdefgh'[index]!), length));
  words.push(0, 0, 11, variables.length);
  for (const { name: text, type, dimensions, byteOffset } of variables) {
    words.push(...name(text), dimensions.length, ...dimensions, 0, 0, type, 0xffffffff, Math.floor(byteOffset / 2 ** 32), byteOffset >>> 0);
  }
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => bytes.setUint32(index * 4, word));
  return new Uint8Array(bytes.buffer);
}

describe('records', () => {
  const start = 4096;

  it('that are long are a chunk each; few small values among them are kept', async () => {
    const stride = 8 + 80_000;
    const head = header(5, [0, 10_000], [{ name: 't', type: 6, dimensions: [0], byteOffset: start }, { name: 'v', type: 6, dimensions: [0, 1], byteOffset: start + 8 }]);
    const nodes = await indexed(head, start + 5 * stride);
    expect(manifestAt(nodes, 'v').grid).toEqual({ shape: [5, 10_000], chunks: [1, 10_000] });
    for (let record = 0; record < 5; record++) {
      expect(locate(manifestAt(nodes, 'v'), [record, 0])).toEqual({ kind: 'range', uri: 'memory:/x.nc', byteOffset: start + 8 + record * stride, byteLength: 80_000 });
    }
    const { refs } = manifestAt(nodes, 't');
    const values = refs.form === 'inline' ? Array.from({ length: 5 }, (_, index) => new DataView(refs.bytes.buffer).getFloat64(index * 8)) : [];
    expect(values).toEqual([0, 1, 2, 3, 4].map((record) => start + record * stride));
  });

  it('that are short share chunks, of which the last ends with the data', async () => {
    const count = 200_000;
    const head = header(count, [0, 3], [{ name: 't', type: 6, dimensions: [0], byteOffset: start }, { name: 'v', type: 3, dimensions: [0, 1], byteOffset: start + 8 }]);
    const nodes = await indexed(head, start + count * 16);
    const manifest = manifestAt(nodes, 'v');
    const perChunk = manifest.grid.chunks[0] as number;
    expect(perChunk).toBe(65_536);
    expect(locate(manifest, [1, 0])).toEqual({ kind: 'range', uri: 'memory:/x.nc', byteOffset: start + 8 + perChunk * 16, byteLength: (perChunk - 1) * 16 + 6 });
    const last = locate(manifest, [3, 0]);
    expect(last).toMatchObject({ byteOffset: start + 8 + 3 * perChunk * 16, byteLength: (count - 3 * perChunk - 1) * 16 + 6 });
  });

  it('that are too long for a chunk are cut', async () => {
    const slab = 4 * 3 * 2 ** 23;
    const head = header(2, [0, 3, 2 ** 23], [{ name: 't', type: 4, dimensions: [0], byteOffset: start }, { name: 'v', type: 4, dimensions: [0, 1, 2], byteOffset: start + 4 }]);
    const manifest = manifestAt(await indexed(head, start + 2 * (slab + 4)), 'v');
    const counts = gridShape(manifest.grid);
    expect(counts).toEqual([2, 3, 2]);
    for (const index of [[0, 0, 0], [0, 2, 1], [1, 1, 1]] as const) {
      const byteOffset = start + 4 + index[0] * (slab + 4) + index[1] * 2 ** 25 + index[2] * 2 ** 24;
      expect(locate(manifest, index)).toEqual({ kind: 'range', uri: 'memory:/x.nc', byteOffset, byteLength: 2 ** 24 });
    }
  });

  it('that are not there are a problem of their variable alone', async () => {
    const head = header(3, [0, 2], [{ name: 'v', type: 6, dimensions: [0], byteOffset: start }, { name: 'w', type: 6, dimensions: [1], byteOffset: 2048 }]);
    const nodes = await indexed(head, start + 23);
    expect(nodes.get('v')!.problem).toBe(`The netCDF file is cut short: this variable ends at byte ${start + 24}, the file has ${start + 23}.`);
    expect(nodes.get('w')!.problem).toBeUndefined();
  });

  it('are counted by the length of the file while it is streamed', async () => {
    const head = header(0xffffffff, [0, 3], [{ name: 'v', type: 1, dimensions: [0, 1], byteOffset: start }, { name: 'w', type: 1, dimensions: [0, 1], byteOffset: start + 4 }]);
    for (const [byteLength, count] of [[start, 0], [start + 6, 0], [start + 7, 1], [start + 8, 1], [start + 15, 2], [start + 18, 2]] as const) {
      expect(manifestAt(await indexed(head, byteLength), 'v').grid.shape).toEqual([count, 3]);
    }
  });
});

describe('headers', () => {
  it.each([
    ['a type that is none', header(0, [0, 2], [{ name: 'v', type: 12, dimensions: [1], byteOffset: 200 }])],
    ['a dimension that is not there', header(0, [0, 2], [{ name: 'v', type: 1, dimensions: [7], byteOffset: 200 }])],
    ['records along a second axis', header(0, [0, 2], [{ name: 'v', type: 1, dimensions: [1, 0], byteOffset: 200 }])],
    ['two unlimited dimensions', header(0, [0, 0], [])],
    ['an end within them', header(1, [0, 2], [{ name: 'v', type: 1, dimensions: [1], byteOffset: 200 }]).subarray(0, 60)],
  ])('with %s are damaged', async (_what, head) => {
    await expect(indexed(head)).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining('The netCDF file is damaged: ') });
  });

  it('may be longer than a first look', async () => {
    const variables = Array.from({ length: 3000 }, (_, index): Variable => ({ name: String.fromCharCode(65 + (index % 26)), type: 6, dimensions: [1], byteOffset: 2 ** 18 }));
    const head = header(0, [0, 2], variables);
    expect(head.byteLength).toBeGreaterThan(65_536);
    expect((await indexed(head, 2 ** 19)).size).toBe(27);
  });

  it('whatever their bytes, give nodes or one clear error', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(fixtures.length - 1), fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 4, 0x7f, 0x80, 0xff)), { maxLength: 8 }), fc.option(fc.nat()), async (fixture, changes, cut) => {
      const bytes = fixtures[fixture]!;
      const damaged = bytes.slice(0, cut === null ? undefined : cut % bytes.byteLength);
      for (const [at, value] of changes) if (damaged.byteLength > 4) damaged[4 + (at % (Math.min(damaged.byteLength, 1500) - 4))] = value;
      try {
        for (const node of (await indexed(damaged)).values()) {
          expect(node.problem !== undefined || node.manifest !== undefined || node.structure.family === 'container').toBe(true);
        }
      } catch (error) {
        expect((error as { code?: string }).code).toBe('gone');
      }
    }), { numRuns: 1500 });
  });
});
