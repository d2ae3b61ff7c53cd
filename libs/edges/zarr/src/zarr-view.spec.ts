import { parseDescr, type ArrayLayout, type CodecSpec } from '@tessera/domain';
import { chunkIndexFor, parseZarrV2Key } from './parse-zarr-key.ts';
import { publishedGridShape, zarrayDocument, zarrView } from './zarr-view.ts';

const layout = (codecs: readonly CodecSpec[], chunks: ArrayLayout['grid']['chunks'] = [4, 5]): ArrayLayout => ({
  dataType: parseDescr('<u2'), grid: { shape: [10, 10], chunks }, edge: 'padded', codecs, volatile: false,
});

describe('zarrView', () => {
  it('publishes the stored grid and codecs where Zarr v2 has names for them', () => {
    const stored = layout([{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'shuffle', configuration: { elementsize: 2 } }, { name: 'zlib', configuration: { level: 4 } }]);
    const view = zarrView(stored);
    expect(view.codecs).toBe(stored.codecs);
    expect(zarrayDocument(stored, view, 0)).toMatchObject({
      chunks: [4, 5], dtype: '<u2', order: 'C', filters: [{ id: 'shuffle', elementsize: 2 }], compressor: { id: 'zlib', level: 4 },
    });
  });

  it('tells column-major order from other transpositions', () => {
    expect(zarrView(layout([{ name: 'transpose', configuration: { order: [1, 0] } }, { name: 'bytes' }])).v2.order).toBe('F');
    expect(zarrView(layout([{ name: 'transpose', configuration: { order: [0, 1] } }, { name: 'bytes' }])).codecs[1]?.name).toBe('zstd');
  });

  it('transcodes codecs that Zarr v2 cannot name, on the stored grid', () => {
    const view = zarrView(layout([{ name: 'bytes' }, { name: 'lzf' }]));
    expect(view.chunkShape).toEqual([4, 5]);
    expect(view.v2.compressor).toEqual({ id: 'zstd', level: 1 });
  });

  it('makes an irregular grid regular', () => {
    const irregular = layout([{ name: 'bytes' }], [[1, 6, 3], [10]]);
    const view = zarrView(irregular);
    expect(view.chunkShape).toEqual([6, 10]);
    expect(publishedGridShape(irregular, view)).toEqual([2, 1]);
  });

  it('publishes fields that clients cannot read as raw bytes', () => {
    const dataType = parseDescr([['a', '>i4'], ['pair', '<i2', [2]], ['inner', [['b', '|u1'], ['c', '<f4']]]]);
    const stored = { ...layout([{ name: 'bytes' }]), dataType };
    expect(zarrayDocument(stored, zarrView(stored), 0)).toMatchObject({ dtype: [['a', '>i4'], ['pair', '|V4'], ['inner', '|V5']] });
  });

  it('publishes the inner chunks of shards', () => {
    const view = zarrView(layout([{ name: 'sharding_indexed', configuration: { chunk_shape: [2, 5] } }]));
    expect(view.chunkShape).toEqual([2, 5]);
  });
});

describe('parseZarrV2Key', () => {
  it('tells documents, nodes and possible chunks apart', () => {
    expect(parseZarrV2Key('/a/b/.zarray')).toEqual({ kind: 'document', path: ['a', 'b'], document: '.zarray' });
    expect(parseZarrV2Key('/a//b/')).toEqual({ kind: 'node', path: ['a', 'b'] });
    expect(parseZarrV2Key('/a/1.0.2')).toEqual({ kind: 'chunk-or-node', path: ['a', '1.0.2'], array: ['a'], chunkIndex: [1, 0, 2] });
    expect(parseZarrV2Key('/')).toEqual({ kind: 'node', path: [] });
  });

  it('gives a 0-d array its one chunk', () => {
    expect(chunkIndexFor(0, [0])).toEqual([]);
    expect(chunkIndexFor(0, [1])).toBeUndefined();
    expect(chunkIndexFor(2, [1])).toBeUndefined();
  });
});
