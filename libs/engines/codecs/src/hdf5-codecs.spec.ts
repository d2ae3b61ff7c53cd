// Codecs of HDF5 files alone. That they decode what HDF5 wrote is tested with whole
// files in conformance/formats; here are the corners, and what damage does.
import { isTesseraError, parseScalarType, structType, type ByteStore, type CodecSpec, type DataType } from '@tessera/domain';
import { createPipeline } from './pipeline.ts';

const u1 = parseScalarType('|u1');
const text = (value: string) => new TextEncoder().encode(value);

async function decode(specs: CodecSpec[], shape: number[], dataType: DataType, bytes: Uint8Array, store?: ByteStore): Promise<Buffer> {
  const pipeline = await createPipeline(specs, { shape, dataType, ...(store ? { store } : {}) });
  return Buffer.from(await pipeline.decode(bytes));
}

async function isRefused(run: Promise<unknown>): Promise<boolean> {
  return run.then(() => false, (error: unknown) => isTesseraError(error, 'gone'));
}

describe('lzf', () => {
  const lzf: CodecSpec[] = [{ name: 'bytes' }, { name: 'lzf' }];

  it('repeats matches that overlap themselves', async () => {
    // One literal "a", then a match of 9 + 2 + 1 bytes one back.
    const encoded = new Uint8Array([0, 0x61, 0xe0, 3, 0]);
    expect((await decode(lzf, [13], u1, encoded)).toString()).toBe('aaaaaaaaaaaaa');
  });

  it.each([
    ['a literal run that is cut off', [5, 1, 2]],
    ['a match before the start', [0, 0x61, 0x20, 9]],
    ['more than it should have', [3, 1, 2, 3, 4, 0xe0, 255, 0]],
    ['a match that is cut off', [0, 0x61, 0xe0]],
    ['less than it should have', [0, 0x61]],
  ])('refuses %s', async (_what, bytes) => {
    expect(await isRefused(decode(lzf, [13], u1, new Uint8Array(bytes)))).toBe(true);
  });
});

describe('hdf5_lz4', () => {
  const lz4: CodecSpec[] = [{ name: 'bytes' }, { name: 'hdf5_lz4' }];

  it('takes blocks that were stored as they are', async () => {
    const encoded = Buffer.from('000000000000000a 00000008 00000008 0001020304050607 00000002 0809'.replaceAll(' ', ''), 'hex');
    expect([...(await decode(lz4, [10], u1, encoded))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it.each(['', '00000000ffffffff00000008', '000000000000000a00000000', '000000000000000a0000000800000008000102', '000000000000000a00000008ffffffff0001'])('refuses damage (%s)', async (hex) => {
    expect(await isRefused(decode(lz4, [10], u1, Buffer.from(hex, 'hex')))).toBe(true);
  });
});

describe('hdf5_bitshuffle', () => {
  const plain: CodecSpec[] = [{ name: 'bytes' }, { name: 'hdf5_bitshuffle', configuration: { elementsize: 1, blocksize: 8, compressor: 'none' } }];
  const lz4: CodecSpec[] = [{ name: 'bytes' }, { name: 'hdf5_bitshuffle', configuration: { elementsize: 1, blocksize: 8, compressor: 'lz4' } }];

  it('transposes bits, and leaves the last elements alone', async () => {
    // Plane 0 has bit 0 of eight elements, plane 1 bit 1, …; two elements are left over.
    const encoded = new Uint8Array([0b10000001, 0b00000010, 0, 0, 0, 0, 0, 0b01000000, 77, 78]);
    expect([...(await decode(plain, [10], u1, encoded))]).toEqual([1, 2, 0, 0, 0, 0, 0x80, 1, 77, 78]);
  });

  it('is not resolved with an element size of nothing', async () => {
    const wrong: CodecSpec[] = [{ name: 'bytes' }, { name: 'hdf5_bitshuffle', configuration: { elementsize: 0 } }];
    await expect(createPipeline(wrong, { shape: [8], dataType: u1 })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it.each(['', '0000000000000010', '00000000000000100000000800000002ffff', '00000000000000100000000300000002ffff', 'ffffffffffffffff0000000800000002ffff'])('refuses damage (%s)', async (hex) => {
    expect(await isRefused(decode(lz4, [16], u1, Buffer.from(hex, 'hex')))).toBe(true);
  });
});

describe('packed_fields', () => {
  const fields = [
    { byteOffset: 0, byteLength: 1 },
    { byteOffset: 4, byteLength: 2, count: 2, padding: 'space_padded' },
    { byteOffset: 8, byteLength: 3, padding: 'null_terminated' },
  ];
  const specs: CodecSpec[] = [{ name: 'packed_fields', configuration: { itemsize: 12, fields } }, { name: 'bytes' }];
  const type = parseScalarType('|V8');

  it('drops gaps and what is not text', async () => {
    const stored = Buffer.concat([text('A...x  y'), new Uint8Array([0x61, 0, 0x62]), text('.'), text('B...    '), text('xyz.')]);
    expect((await decode(specs, [2], type, stored)).toString('latin1')).toBe('Ax\0 ya\0\0B\0\0\0\0xyz');
  });

  it('refuses chunks of another length, and fields outside their element', async () => {
    expect(await isRefused(decode(specs, [2], type, new Uint8Array(23)))).toBe(true);
    const outside: CodecSpec[] = [{ name: 'packed_fields', configuration: { itemsize: 4, fields: [{ byteOffset: 2, byteLength: 9 }] } }, { name: 'bytes' }];
    await expect(createPipeline(outside, { shape: [2], dataType: type })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('hdf5_vlen of structs', () => {
  const type = structType([{ name: 'n', dataType: parseScalarType('|u1') }, { name: 't', dataType: parseScalarType('|S2'), shape: [2] }]);
  const configuration = { uri: 'mem://x/a.h5', baseOffset: 0, offsetSize: 8, lengthSize: 8 };
  const open = (segments: unknown) => createPipeline([{ name: 'hdf5_vlen', configuration: { ...configuration, segments } }], { shape: [3], dataType: type });

  it('copies bytes; references of nothing are empty strings', async () => {
    const { decode, maxEncodedByteLength } = await open([{ byteLength: 1 }, { kind: 'S', itemsize: 2, count: 2 }]);
    expect(maxEncodedByteLength).toBe(3 * 33);
    const stored = new Uint8Array(99).map((_, at) => (at % 33 === 0 ? 7 : 0));
    expect(await decode(stored)).toEqual(Uint8Array.of(7, 0, 0, 0, 0, 7, 0, 0, 0, 0, 7, 0, 0, 0, 0));
    expect(await isRefused(Promise.resolve().then(() => decode(stored.subarray(1))))).toBe(true);
  });

  it.each([undefined, [], [{ byteLength: 5.5 }], [{ byteLength: 1 }], [{ byteLength: 1 }, { kind: 'V', itemsize: 2, count: 2 }], [{ byteLength: 1 }, { kind: 'S', itemsize: 2, count: -2 }]])('is not resolved with segments that do not fit (%j)', async (segments) => {
    await expect(open(segments)).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('hdf5_vlen', () => {
  const uri = 'mem://x/a.h5';
  const specs: CodecSpec[] = [{ name: 'hdf5_vlen', configuration: { uri, baseOffset: 100, offsetSize: 8, lengthSize: 8 } }];
  const type = parseScalarType('|S4');

  function collection(byteLength: number, ...objects: [number, string][]): Uint8Array {
    const bytes = new Uint8Array(byteLength);
    bytes.set(text('GCOL'));
    bytes[4] = 1;
    bytes[8] = byteLength;
    let at = 16;
    for (const [number, value] of objects) {
      bytes[at] = number;
      const content = text(value);
      bytes[at + 8] = content.byteLength;
      bytes.set(content, at + 16);
      at += 16 + Math.ceil(content.byteLength / 8) * 8;
    }
    return bytes;
  }

  const file = Buffer.concat([Buffer.alloc(108), collection(96, [1, 'one'], [2, 'four']), collection(80, [7, 'a\0bc'])]);
  const store: ByteStore = {
    read: async (asked, range) => (asked === uri && range ? file.subarray(range.byteOffset, range.byteOffset + range.byteLength!) : undefined),
    stat: async () => undefined,
    async *list() {
      throw new Error('not asked for');
    },
  };

  function references(...values: [length: number, address: number, object: number][]): Uint8Array {
    const bytes = new Uint8Array(values.length * 16);
    const view = new DataView(bytes.buffer);
    values.forEach(([length, address, object], index) => {
      view.setUint32(index * 16, length, true);
      view.setBigUint64(index * 16 + 4, BigInt(address), true);
      view.setUint32(index * 16 + 12, object, true);
    });
    return bytes;
  }

  it('follows references from any order, empty ones too', async () => {
    const bytes = references([4, 104, 7], [3, 8, 1], [0, 0, 0], [4, 8, 2]);
    expect((await decode(specs, [4], type, bytes, store)).toString('latin1')).toBe('a\0\0\0one\0\0\0\0\0four');
  });

  it.each(['<U4', '>U4'])('makes text of %s, cut where it is full', async (descr) => {
    const heap = Buffer.concat([Buffer.alloc(108), collection(96, [1, 'zé€😀'], [2, 'abcdef'])]);
    const read: ByteStore['read'] = async (_uri, range) => heap.subarray(range!.byteOffset, range!.byteOffset + range!.byteLength!);
    const decoded = await decode(specs, [3], parseScalarType(descr), references([10, 8, 1], [0, 0, 0], [6, 8, 2]), { ...store, read });
    const points = Array.from({ length: 12 }, (_, at) => (descr.startsWith('<') ? decoded.readUInt32LE(at * 4) : decoded.readUInt32BE(at * 4)));
    expect(String.fromCodePoint(...points)).toBe('zé€😀\0\0\0\0abcd');
  });

  it.each([
    ['a wrong number of references', references([3, 8, 1])],
    ['an object that is not there', references([3, 8, 9], [0, 0, 0])],
    ['a place that is no collection', references([3, 16, 1], [0, 0, 0])],
    ['a place beyond the file', references([3, 5000, 1], [0, 0, 0])],
    ['a string that is too short', references([9, 8, 1], [0, 0, 0])],
  ])('refuses %s', async (_what, bytes) => {
    expect(await isRefused(decode(specs, [2], type, bytes, store))).toBe(true);
  });
});
