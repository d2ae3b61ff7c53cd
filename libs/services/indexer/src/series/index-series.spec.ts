// npy files in memory → one manifest → what each frame holds.
import { createPipeline } from '@tessera/codecs';
import {
  TesseraError, isTesseraError, locate,
  type ArrayManifest, type ByteStore, type Entry, type FileSeries, type Format, type IndexedNode, type SeriesRefs,
} from '@tessera/domain';
import { formats } from '@tessera/formats';
import { MemoryStore } from '@tessera/storage';
import { indexSeries } from './index-series.ts';

const folder = 'memory:data';
const format = await formats.get('npy')!();

function npyBytes(shape: readonly number[], first: number, { descr = '|u1', isFortran = false, padding = 0 } = {}): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': (${shape.map((length) => `${length},`).join(' ')}), }`.padEnd(117 + padding) + '\n';
  const count = shape.reduce((product, length) => product * length, 1) * Number(descr.slice(2));
  const head = Buffer.from(`\x93NUMPY\x01\x00\0\0${text}`, 'latin1');
  head.writeUInt16LE(text.length, 8);
  return new Uint8Array(Buffer.concat([head, Buffer.from(Array.from({ length: count }, (_, index) => (first + index) % 256))]));
}

async function stored(files: Readonly<Record<number, Uint8Array>>): Promise<{ readonly store: MemoryStore; readonly series: FileSeries; readonly read: string[]; readonly counting: ByteStore }> {
  const store = new MemoryStore();
  const numbers = Object.keys(files).map(Number).sort((a, b) => a - b);
  const entries: Entry[] = [];
  for (const number of numbers) {
    const uri = `${folder}/f${String(number).padStart(3, '0')}.npy`;
    await store.put(uri, files[number]!);
    entries.push((await store.stat(uri))!);
  }
  const read: string[] = [];
  const counting: ByteStore = {
    read: (uri, range) => { read.push(uri); return store.read(uri, range); },
    stat: (uri) => store.stat(uri),
    list: (uri) => store.list(uri),
  };
  const series: FileSeries = { prefix: 'f', suffix: '.npy', width: 3, numbers, byteLengths: entries.map(({ byteLength }) => byteLength!), modifiedAtMs: entries.map(({ modifiedAtMs }) => modifiedAtMs ?? 1) };
  return { store, series, read, counting };
}

const manifestOf = (node: IndexedNode | undefined) => node!.manifest as ArrayManifest & { refs: SeriesRefs };

/** A frame in one chunk, decoded; the reason if it cannot be read. */
async function frameOf(manifest: ArrayManifest, frame: number, store: ByteStore): Promise<number[] | string> {
  const index = [frame, ...manifest.grid.shape.slice(1).map(() => 0)];
  const ref = locate(manifest, index);
  if (ref?.kind !== 'range') throw new Error('a range was expected');
  if (ref.problem !== undefined) return ref.problem;
  const { dataType, grid } = manifest;
  const pipeline = await createPipeline(manifest.codecs, { shape: [1, ...grid.shape.slice(1)], dataType });
  return [...await pipeline.decode((await store.read(ref.uri, ref))!)];
}

describe('files of a series', () => {
  it('are stacked, each with its own place in its file', async () => {
    const { store, series } = await stored({ 1: npyBytes([2, 2], 10), 2: npyBytes([2, 2], 20, { padding: 64 }), 4: npyBytes([2, 2], 40) });
    const node = await indexSeries(folder, series, { store, format });
    expect(node!.structure).toMatchObject({ family: 'array', array: { shape: [3, 2, 2], chunks: [1, 2, 2] } });
    expect(node!.dataSource).toMatchObject({ mediaType: 'multipart/related;type=application/x-npy', assets: [] });
    const manifest = manifestOf(node);
    expect([...manifest.refs.byteOffsets]).toEqual([128, 192, 128]);
    expect(await Promise.all([0, 1, 2].map((frame) => frameOf(manifest, frame, store)))).toEqual([[10, 11, 12, 13], [20, 21, 22, 23], [40, 41, 42, 43]]);
    expect(node!.metadata['series']).toMatchObject({ files: 'f{:03d}.npy', missing: [[3, 3]], unreadable: [] });
  });

  it('need no table a frame if they are laid out alike', async () => {
    const { store, series } = await stored(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [index, npyBytes([3], index)])));
    const { refs } = manifestOf(await indexSeries(folder, series, { store, format }));
    expect({ tables: refs.tables, count: refs.tableCount, entries: refs.byteOffsets.length }).toEqual({ tables: undefined, count: 1, entries: 1 });
  });

  it('keep their axes in order, first or last slowest', async () => {
    const { store, series } = await stored({ 1: npyBytes([2, 3], 0, { isFortran: true }), 2: npyBytes([2, 3], 6, { isFortran: true }) });
    const manifest = manifestOf(await indexSeries(folder, series, { store, format }));
    expect(await frameOf(manifest, 1, store)).toEqual([6, 8, 10, 7, 9, 11]);
  });

  it('say of a damaged or odd one what is wrong, when it is read', async () => {
    const { store, series } = await stored({ 1: npyBytes([4], 1), 2: npyBytes([4], 2).subarray(0, 130), 3: npyBytes([5], 3), 4: npyBytes([4], 4), 5: npyBytes([2], 5, { descr: '<u2' }), 6: npyBytes([4], 6) });
    const node = await indexSeries(folder, series, { store, format });
    const frames = await Promise.all([0, 1, 2, 3, 4, 5].map((frame) => frameOf(manifestOf(node), frame, store)));
    expect([frames[0], frames[3], frames[5]]).toEqual([[1, 2, 3, 4], [4, 5, 6, 7], [6, 7, 8, 9]]);
    expect(frames[1]).toMatch(/^The file "f002\.npy" is not part of this array\. .* is cut off/);
    expect(frames[2]).toBe('The file "f003.npy" is not part of this array. It is 5 of "|u1", the others are 4 of "|u1".');
    expect(frames[4]).toContain('It is 2 of "<u2"');
    expect(node!.metadata['series']).toMatchObject({ unreadable: [{ index: 1, served_apart: false }, { index: 2, served_apart: true }, { index: 4, served_apart: true }] });
  });

  it('are no array if most of them differ, or if but one is sound', async () => {
    const differing = await stored({ 1: npyBytes([1], 0), 2: npyBytes([2], 0) });
    expect(await indexSeries(folder, differing.series, { ...differing, format })).toBeUndefined();
    const halves = await stored({ 1: npyBytes([1], 0), 2: npyBytes([2], 0), 3: npyBytes([1], 0), 4: npyBytes([2], 0) });
    expect(await indexSeries(folder, halves.series, { ...halves, format })).toBeUndefined();
    const damaged = await stored({ 1: npyBytes([1], 0), 2: new Uint8Array(3) });
    expect(await indexSeries(folder, damaged.series, { ...damaged, format })).toBeUndefined();
  });

  it('are not opened again if they are as they were', async () => {
    const { store, series, read, counting } = await stored({ 1: npyBytes([4], 1), 2: npyBytes([4], 2), 3: npyBytes([4], 3, { padding: 64 }) });
    const first = await indexSeries(folder, series, { store, format });
    await store.put(`${folder}/f004.npy`, npyBytes([4], 9));
    const grown: FileSeries = {
      ...series, numbers: [...series.numbers, 4], byteLengths: [...series.byteLengths, npyBytes([4], 9).byteLength], modifiedAtMs: [...series.modifiedAtMs, 1],
      previous: { manifestId: 'm', metadata: first!.metadata },
    };
    const second = await indexSeries(folder, grown, { store: counting, format, previous: first!.manifest! });
    expect(new Set(read)).toEqual(new Set([`${folder}/f004.npy`]));
    const manifest = manifestOf(second);
    expect(manifest.grid.shape).toEqual([4, 4]);
    expect(await Promise.all([0, 2, 3].map((frame) => frameOf(manifest, frame, store)))).toEqual([[1, 2, 3, 4], [3, 4, 5, 6], [9, 10, 11, 12]]);
    const changed = { ...grown, modifiedAtMs: grown.modifiedAtMs.map((time, index) => (index === 1 ? time + 1 : time)) };
    read.length = 0;
    await indexSeries(folder, changed, { store: counting, format, previous: manifest });
    expect(new Set(read)).toEqual(new Set([`${folder}/f002.npy`]));
  });

  it('share the metadata that are the same in all of them', async () => {
    const { store, series } = await stored({ 1: npyBytes([1], 1), 2: npyBytes([1], 2), 3: npyBytes([1], 3) });
    const noted: Format = {
      ...format,
      async *index(entry, ...rest) {
        for await (const node of format.index(entry, ...rest)) yield { ...node, metadata: { camera: { gain: 2 }, at: entry.uri, ...(entry.uri.includes('f002') ? {} : { note: 'x' }) } };
      },
    };
    const { series: _summary, ...shared } = (await indexSeries(folder, series, { store, format: noted }))!.metadata;
    expect(shared).toEqual({ camera: { gain: 2 } });
  });

  it('are not taken for damaged if the store does not answer, or if nobody waits', async () => {
    const { store, series } = await stored({ 1: npyBytes([1], 1), 2: npyBytes([1], 2) });
    const failing: ByteStore = { read: async () => { throw new TesseraError('unavailable', 'no answer'); }, stat: (uri) => store.stat(uri), list: (uri) => store.list(uri) };
    await expect(indexSeries(folder, series, { store: failing, format })).rejects.toMatchObject({ code: 'unavailable' });
    const failure = await indexSeries(folder, series, { store, format }, { signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(isTesseraError(failure, 'cancelled')).toBe(true);
  });
});
