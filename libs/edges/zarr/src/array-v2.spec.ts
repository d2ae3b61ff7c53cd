import { parseDescr, type ArrayLayout, type CodecSpec } from '@tessera/domain';
import { zarrayDocument, zarrV2View } from './array-v2.ts';
import { publishedGridShape } from './zarr-view.ts';

const layout = (codecs: readonly CodecSpec[], chunks: ArrayLayout['grid']['chunks'] = [4, 5]): ArrayLayout => ({
  dataType: parseDescr('<u2'), grid: { shape: [10, 10], chunks }, edge: 'padded', codecs, volatile: false,
});

describe('zarrV2View', () => {
  it('publishes the stored grid and codecs where Zarr v2 has names for them', () => {
    const stored = layout([{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'shuffle', configuration: { elementsize: 2 } }, { name: 'zlib', configuration: { level: 4 } }]);
    const view = zarrV2View(stored);
    expect(view.codecs).toBe(stored.codecs);
    expect(zarrayDocument(stored, view, 0)).toMatchObject({
      chunks: [4, 5], dtype: '<u2', order: 'C', filters: [{ id: 'shuffle', elementsize: 2 }], compressor: { id: 'zlib', level: 4 },
    });
  });

  it('tells column-major order from other transpositions', () => {
    expect(zarrV2View(layout([{ name: 'transpose', configuration: { order: [1, 0] } }, { name: 'bytes' }])).v2.order).toBe('F');
    expect(zarrV2View(layout([{ name: 'transpose', configuration: { order: [0, 1] } }, { name: 'bytes' }])).codecs[1]?.name).toBe('zstd');
  });

  it('transcodes codecs that Zarr v2 cannot name, on the stored grid', () => {
    const view = zarrV2View(layout([{ name: 'bytes' }, { name: 'lzf' }]));
    expect(view.chunkShape).toEqual([4, 5]);
    expect(view.v2.compressor).toEqual({ id: 'zstd', level: 1 });
  });

  it('transcodes what is shuffled in other than whole elements, which numcodecs refuses', () => {
    const shuffled = (elementsize: number, ...before: CodecSpec[]) => zarrV2View(layout([{ name: 'bytes' }, ...before, { name: 'shuffle', configuration: { elementsize } }, { name: 'zlib' }])).v2.filters;
    const fletcher32 = { name: 'fletcher32' };
    expect(shuffled(4, fletcher32)).toEqual([{ id: 'fletcher32' }, { id: 'shuffle', elementsize: 4 }]);
    expect(shuffled(8)).toEqual([{ id: 'shuffle', elementsize: 8 }]);
    expect(shuffled(8, fletcher32)).toBe(null);
    expect(shuffled(2, { name: 'zlib' })).toBe(null);
    expect(shuffled(1, { name: 'zlib' })).toEqual([{ id: 'zlib', level: 5 }, { id: 'shuffle', elementsize: 1 }]);
  });

  it('makes an irregular grid regular', () => {
    const irregular = layout([{ name: 'bytes' }], [[1, 6, 3], [10]]);
    const view = zarrV2View(irregular);
    expect(view.chunkShape).toEqual([6, 10]);
    expect(publishedGridShape(irregular, view)).toEqual([2, 1]);
  });

  it('publishes fields that clients cannot read as raw bytes', () => {
    const dataType = parseDescr([['a', '>i4'], ['pair', '<i2', [2]], ['inner', [['b', '|u1'], ['c', '<f4']]]]);
    const stored = { ...layout([{ name: 'bytes' }]), dataType };
    expect(zarrayDocument(stored, zarrV2View(stored), 0)).toMatchObject({ dtype: [['a', '>i4'], ['pair', '|V4'], ['inner', '|V5']] });
  });

  it('publishes what clients do not have as raw bytes, and types without bytes as such of one', () => {
    const dtypeOf = (dataType: ArrayLayout['dataType']) => {
      const stored = { ...layout([{ name: 'bytes' }]), dataType };
      return (zarrayDocument(stored, zarrV2View(stored), 0) as { dtype: unknown }).dtype;
    };
    expect([dtypeOf(parseDescr('<f16')), dtypeOf(parseDescr('<c32')), dtypeOf(parseDescr([['a', '<f16'], ['b', '|u1']]))]).toEqual(['|V16', '|V32', [['a', '|V16'], ['b', '|u1']]]);
    expect([dtypeOf(parseDescr('|S0')), dtypeOf(parseDescr('<U0')), dtypeOf(parseDescr('|V0'))]).toEqual(['|S1', '<U1', '|V1']);
  });

  it('publishes the inner chunks of shards', () => {
    const view = zarrV2View(layout([{ name: 'sharding_indexed', configuration: { chunk_shape: [2, 5] } }]));
    expect(view.chunkShape).toEqual([2, 5]);
  });
});
