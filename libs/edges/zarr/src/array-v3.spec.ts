import { parseDescr, type ArrayLayout, type CodecSpec, type NumpyDescr } from '@tessera/domain';
import { arrayDocumentV3, zarrV3View } from './array-v3.ts';

interface Document {
  readonly data_type: unknown;
  readonly codecs: unknown;
  readonly fill_value: unknown;
  readonly chunk_grid: { readonly configuration: { readonly chunk_shape: readonly number[] } };
}

const layout = (codecs: readonly CodecSpec[], descr: NumpyDescr = '<u2', more: Partial<ArrayLayout> = {}): ArrayLayout => ({
  dataType: parseDescr(descr), grid: { shape: [10, 10], chunks: [4, 5] }, edge: 'padded', codecs, volatile: false, ...more,
});
const documentOf = (stored: ArrayLayout) => JSON.parse(JSON.stringify(arrayDocumentV3(stored, zarrV3View(stored), {}, undefined))) as Document;
const typeOf = (descr: NumpyDescr) => documentOf(layout([{ name: 'bytes' }], descr)).data_type;
const codecsOf = (codecs: readonly CodecSpec[], descr?: NumpyDescr) => documentOf(layout(codecs, descr)).codecs;
const passesOn = (codecs: readonly CodecSpec[], descr?: NumpyDescr) => {
  const stored = layout(codecs, descr);
  return zarrV3View(stored).codecs === stored.codecs;
};
const little = { name: 'bytes', configuration: { endian: 'little' } };
const zstd = { name: 'zstd', configuration: { level: 1, checksum: false } };

describe('zarrV3View', () => {
  it('transcodes what is shuffled in other than whole elements, in shards too', () => {
    const shuffle = (elementsize: number) => ({ name: 'shuffle', configuration: { elementsize } });
    expect(passesOn([{ name: 'bytes' }, { name: 'crc32c' }, shuffle(4)])).toBe(true);
    expect(passesOn([{ name: 'bytes' }, { name: 'crc32c' }, shuffle(8)])).toBe(false);
    const sharded = (elementsize: number): CodecSpec => ({ name: 'sharding_indexed', configuration: { chunk_shape: [2, 1], codecs: [{ name: 'bytes' }, shuffle(elementsize)], index_codecs: [{ name: 'bytes' }] } });
    expect([2, 4, 8].map((elementsize) => passesOn([sharded(elementsize)]))).toEqual([true, true, false]);
  });
});

describe('arrayDocumentV3', () => {
  it('is what the specification wants', () => {
    const stored = layout([{ name: 'bytes' }]);
    expect(arrayDocumentV3(stored, zarrV3View(stored), { units: 'm' }, ['y', 'x'])).toEqual({
      zarr_format: 3, node_type: 'array', shape: [10, 10], data_type: 'uint16',
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 5] } },
      chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
      fill_value: 0, codecs: [little], attributes: { units: 'm' }, dimension_names: ['y', 'x'], storage_transformers: [],
    });
  });

  it('names types as zarr-python 3 does', () => {
    expect(['|b1', '<f2', '>i8', '|u1', '<c8', '<c16'].map(typeOf)).toEqual(['bool', 'float16', 'int64', 'uint8', 'complex64', 'complex128']);
    expect(typeOf('>U3')).toEqual({ name: 'fixed_length_utf32', configuration: { length_bytes: 12 } });
    expect(typeOf('|S3')).toEqual({ name: 'null_terminated_bytes', configuration: { length_bytes: 3 } });
    expect(typeOf('|V5')).toEqual({ name: 'raw_bytes', configuration: { length_bytes: 5 } });
    expect(typeOf('<M8[10ms]')).toEqual({ name: 'numpy.datetime64', configuration: { unit: 'ms', scale_factor: 10 } });
    expect(typeOf('<m8')).toEqual({ name: 'numpy.timedelta64', configuration: { unit: 'generic', scale_factor: 1 } });
    expect(typeOf('<f16')).toEqual({ name: 'raw_bytes', configuration: { length_bytes: 16 } });
    expect(typeOf('|S0')).toEqual({ name: 'null_terminated_bytes', configuration: { length_bytes: 1 } });
    expect(typeOf([['a', '<i4'], ['pair', '<i2', [2]], ['t', '<M8[s]']])).toEqual({
      name: 'structured', configuration: { fields: [
        ['a', 'int32'], ['pair', { name: 'raw_bytes', configuration: { length_bytes: 4 } }], ['t', { name: 'numpy.datetime64', configuration: { unit: 's', scale_factor: 1 } }],
      ] },
    });
  });

  it('passes on codecs that v3 and its clients have', () => {
    expect(codecsOf([{ name: 'transpose', configuration: { order: 'F' } }, { name: 'bytes' }, { name: 'gzip', configuration: { level: 3 } }])).toEqual([
      { name: 'transpose', configuration: { order: [1, 0] } }, little, { name: 'gzip', configuration: { level: 3 } },
    ]);
    expect(codecsOf([{ name: 'bytes' }, { name: 'shuffle', configuration: { elementsize: 2 } }, { name: 'zlib', configuration: { level: 4 } }])).toEqual([
      little, { name: 'numcodecs.shuffle', configuration: { elementsize: 2 } }, { name: 'numcodecs.zlib', configuration: { level: 4 } },
    ]);
    expect(codecsOf([{ name: 'bytes' }, { name: 'blosc', configuration: { cname: 'lz4', clevel: 5, shuffle: -1, blocksize: 0 } }])).toEqual([
      little, { name: 'blosc', configuration: { cname: 'lz4', clevel: 5, shuffle: 'shuffle', typesize: 2, blocksize: 0 } },
    ]);
    expect(passesOn([{ name: 'bytes' }, { name: 'crc32c' }])).toBe(true);
  });

  it('says the byte order of what is stored, which is no part of the type', () => {
    expect(codecsOf([{ name: 'bytes' }], '>f8')).toEqual([{ name: 'bytes', configuration: { endian: 'big' } }]);
    expect(codecsOf([{ name: 'bytes', configuration: { endian: 'big' } }], '<f8')).toEqual([{ name: 'bytes', configuration: { endian: 'big' } }]);
    expect(codecsOf([{ name: 'bytes' }], '|u1')).toEqual([{ name: 'bytes' }]);
  });

  it('makes structs little-endian, which is what clients read', () => {
    expect(passesOn([{ name: 'bytes' }], [['a', '<i4'], ['b', '|S2']])).toBe(true);
    expect(passesOn([{ name: 'bytes' }], [['a', '>i4'], ['b', '<f4']])).toBe(false);
    expect(passesOn([{ name: 'bytes' }], [['a', '>i4']])).toBe(false);
    expect(zarrV3View(layout([{ name: 'bytes' }], [['a', '>i4']])).codecs[0]).toEqual(little);
  });

  it('transcodes what has no name that clients know', () => {
    const unknown: readonly (readonly CodecSpec[])[] = [
      [{ name: 'bytes' }, { name: 'lzf' }], [{ name: 'bytes' }, { name: 'fletcher32' }], [{ name: 'fixedscaleoffset', configuration: {} }, { name: 'bytes' }],
      [{ name: 'delta', configuration: { dtype: '<u2', astype: '|u1' } }, { name: 'bytes' }], [{ name: 'bytes' }, { name: 'crc32c', configuration: { location: 'start' } }],
      [{ name: 'transpose', configuration: { order: [0, 0] } }, { name: 'bytes' }], [{ name: 'bytes' }, { name: 'blosc', configuration: { cname: 'new' } }],
    ];
    for (const codecs of unknown) {
      expect(codecsOf(codecs)).toEqual([little, zstd]);
      expect(passesOn(codecs)).toBe(false);
    }
  });

  it('publishes whole shards, and the chunks inside where shards cannot be named', () => {
    const sharding = (codecs: readonly CodecSpec[], location = 'end'): CodecSpec => ({
      name: 'sharding_indexed', configuration: { chunk_shape: [2, 5], codecs, index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'crc32c' }], index_location: location },
    });
    const named = documentOf(layout([sharding([{ name: 'bytes' }, { name: 'zlib' }])]));
    expect(named.chunk_grid.configuration.chunk_shape).toEqual([4, 5]);
    expect(named.codecs).toEqual([{ name: 'sharding_indexed', configuration: {
      chunk_shape: [2, 5], codecs: [little, { name: 'numcodecs.zlib', configuration: { level: 5 } }], index_codecs: [little, { name: 'crc32c' }], index_location: 'end',
    } }]);
    const unnamed = [
      layout([sharding([{ name: 'bytes' }, { name: 'fletcher32' }])]), layout([sharding([{ name: 'bytes' }]), { name: 'gzip' }]), layout([sharding([{ name: 'bytes' }], 'start')]),
    ].map(documentOf);
    for (const document of unnamed) {
      expect(document.chunk_grid.configuration.chunk_shape).toEqual([2, 5]);
      expect(document.codecs).toEqual([little, zstd]);
    }
  });

  it('passes on texts with a length each under the name of their type', () => {
    const texts = documentOf(layout([{ name: 'vlen-utf8' }, { name: 'zstd' }], '<U4'));
    expect(texts).toMatchObject({ data_type: 'string', fill_value: '', codecs: [{ name: 'vlen-utf8', configuration: {} }, { name: 'zstd', configuration: { level: 0, checksum: false } }] });
    const octets = documentOf(layout([{ name: 'vlen-bytes' }], '|S4', { fillValue: new Uint8Array([97, 98, 0, 0]) }));
    expect(octets).toMatchObject({ data_type: 'variable_length_bytes', fill_value: 'YWI=', codecs: [{ name: 'vlen-bytes', configuration: {} }] });
  });

  it('makes irregular grids regular', () => {
    const document = documentOf(layout([{ name: 'bytes' }], '<u2', { grid: { shape: [10, 0], chunks: [[1, 6, 3], [0]] } }));
    expect(document.chunk_grid.configuration.chunk_shape).toEqual([6, 1]);
    expect(document.codecs).toEqual([little, zstd]);
  });

  it('has a fill value always', () => {
    const nan = new Uint8Array(new Float64Array([NaN]).buffer);
    expect(documentOf(layout([{ name: 'bytes' }], '<f8', { fillValue: nan })).fill_value).toBe('NaN');
    expect(documentOf(layout([{ name: 'bytes' }], '<U0')).fill_value).toBe('');
    expect(documentOf(layout([{ name: 'bytes' }], [['a', '<i2']])).fill_value).toBe('AAA=');
  });
});
