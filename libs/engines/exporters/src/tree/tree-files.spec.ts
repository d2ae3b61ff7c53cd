import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { parseDescr, parseScalarType, resolveSelection, type NumpyDescr } from '@tessera/domain';
import { lookup3 } from './hdf5/checksum.ts';
import { hdf5File } from './hdf5/hdf5.exporter.ts';
import { partsOf } from './read-parts.ts';
import { timeAttributes } from './time-attributes.ts';
import type { ArrayPlan, GroupPlan } from './tree-plan.ts';
import { writeZip, type ZipMember } from './zip/zip-file.ts';

const gather = async (pieces: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(pieces));

function array(name: string, descr: NumpyDescr, shape: readonly number[], bytes: Uint8Array, attributes: GroupPlan['attributes'] = {}): ArrayPlan {
  const pieces = async function* () {
    for (let start = 0; start < bytes.byteLength; start += 5) yield bytes.subarray(start, start + 5);
  };
  return { kind: 'array', name, attributes, dataType: parseDescr(descr), grid: { shape, chunks: shape.map((length) => Math.max(length, 1)) }, source: { order: 'elements', pieces } };
}

const group = (name: string, children: GroupPlan['children'], attributes: GroupPlan['attributes'] = {}): GroupPlan => ({ kind: 'group', name, attributes, children });

describe('HDF5', () => {
  it('has the checksum of the specification', () => {
    // Values of lookup3's own driver: hashlittle("", 0, 0), and of the sentence there.
    expect(lookup3(new Uint8Array()).toString(16)).toBe('deadbeef');
    expect(lookup3(Buffer.from('Four score and seven years ago')).toString(16)).toBe('17770551');
  });

  it('is as long as it said, and its superblock says so too', async () => {
    const file = hdf5File(group('', [array('a', '<u2', [3], Uint8Array.of(1, 0, 2, 0, 3, 0)), group('g', [array('b', '>f8', [], new Uint8Array(8))], { text: 'x', list: ['a', ''], none: null })]));
    const bytes = await gather(file.pieces);
    expect(bytes.byteLength).toBe(file.byteLength);
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89HDF\r\n\x1a\n');
    expect(Number(bytes.readBigUInt64LE(28))).toBe(bytes.byteLength);
    expect(bytes.readUInt32LE(44)).toBe(lookup3(bytes.subarray(0, 44)));
    expect(bytes.subarray(bytes.byteLength - 16, bytes.byteLength - 10)).toEqual(Buffer.of(1, 0, 2, 0, 3, 0));
  });

  it('writes the same bytes for the same tree', async () => {
    const make = () => gather(hdf5File(group('', [array('t', '<M8[s]', [2], new Uint8Array(16)), array('u', '<U2', [1], new Uint8Array(8))], { a: { b: [1, 'c'] } })).pieces);
    expect((await make()).equals(await make())).toBe(true);
  });

  it('names what it has no place for', async () => {
    const file = await gather(hdf5File(group('', [array('wide', '|u1', new Array<number>(33).fill(1), Uint8Array.of(1)), array('fine', '|u1', [1], Uint8Array.of(1)), array('..', '|u1', [1], Uint8Array.of(1))])).pieces);
    const text = file.toString('latin1');
    expect(text).toContain('wide: HDF5 has no place for it.');
    expect(text).toContain('..: HDF5 has no place for it.');
    expect(() => hdf5File(group('', [array('S0', '|S0', [2], new Uint8Array())]))).toThrow(/HDF5 has no place for S0/);
  });

  it('breaks off if the data are not as long as they were said to be', async () => {
    await expect(gather(hdf5File(group('', [array('short', '<u4', [2], new Uint8Array(4))])).pieces)).rejects.toMatchObject({ code: 'internal' });
    await expect(gather(hdf5File(group('', [array('long', '<u4', [2], new Uint8Array(12))])).pieces)).rejects.toMatchObject({ code: 'internal' });
  });

  it('takes no attribute that a message cannot hold, and keeps long texts', async () => {
    const attributes = { 'n\0ul': 1, '': 2, ['x'.repeat(20_000)]: 3, long: 'y'.repeat(3_000_000), many: new Array<number>(100_000).fill(1) };
    const file = hdf5File(group('', [], attributes));
    const text = (await gather(file.pieces)).toString('latin1');
    expect(text.length).toBe(file.byteLength);
    expect(text).toContain('y'.repeat(3_000_000));
    expect(text).not.toContain('x'.repeat(100));
  });

  it('says what counts of time are', () => {
    expect(timeAttributes(parseScalarType('<M8[ms]'))).toEqual({ units: 'milliseconds since 1970-01-01', calendar: 'proleptic_gregorian', numpy_dtype: 'M8[ms]' });
    expect(timeAttributes(parseScalarType('<m8[h]'))).toEqual({ units: 'hours', numpy_dtype: 'm8[h]' });
    expect(timeAttributes(parseScalarType('<M8[10ms]'))).toEqual({ numpy_dtype: 'M8[10ms]' });
    expect(timeAttributes(parseScalarType('<i8'))).toEqual({});
  });
});

describe('parts of an array', () => {
  it('follow each other in C order, each within its bound', () => {
    fc.assert(fc.property(
      fc.array(fc.record({ length: fc.integer({ min: 0, max: 7 }), chunk: fc.integer({ min: 1, max: 4 }), step: fc.constantFrom(1, 2, -1, -3) }), { maxLength: 4 }), fc.integer({ min: 1, max: 60 }),
      (axes, partByteLength) => {
        const shape = axes.map(({ length }) => length);
        const ranges = resolveSelection(axes.map(({ step }) => ({ kind: 'slice', step })), shape);
        const ordinals = (selection: Parameters<typeof resolveSelection>[0]) => {
          let found = [0];
          resolveSelection(selection, shape).forEach(({ start, step, count }, axis) => {
            found = found.flatMap((before) => Array.from({ length: count }, (_, index) => before * shape[axis]! + start + index * step));
          });
          return found;
        };
        const parts = [...partsOf(ranges, axes.map(({ chunk }) => chunk), shape, 2, partByteLength)].map(ordinals);
        expect(parts.flat()).toEqual(shape.includes(0) ? [] : ordinals(axes.map(({ step }) => ({ kind: 'slice', step }))));
        for (const part of parts) expect(part.length === 1 || part.length * 2 <= partByteLength).toBe(true);
      },
    ));
  });

  it('end where chunks end, if they are large enough', () => {
    const parts = [...partsOf(resolveSelection([{ kind: 'slice', start: 1 }], [10, 4]), [3, 4], [10, 4], 1, 20)];
    expect(parts.map(([first]) => first)).toEqual([{ kind: 'slice', start: 1, stop: 6, step: 1 }, { kind: 'slice', start: 6, stop: 10, step: 1 }]);
  });
});

describe('ZIP', () => {
  async function* members(list: readonly ZipMember[]): AsyncGenerator<ZipMember> {
    yield* list;
  }

  it('stores members one behind the other and lists them at the end', async () => {
    const bytes = await gather(writeZip(members([{ name: 'zarr.json', bytes: Buffer.from('{}') }, { name: 'é/c/0', bytes: Uint8Array.of(1, 2, 3) }])));
    const end = bytes.subarray(-22);
    expect(end.readUInt32LE(0)).toBe(0x06054b50);
    expect([end.readUInt16LE(8), end.readUInt16LE(10)]).toEqual([2, 2]);
    const start = end.readUInt32LE(16);
    expect(start + end.readUInt32LE(12) + 22).toBe(bytes.byteLength);
    const second = start + 46 + 9;
    expect(bytes.readUInt32LE(second + 16)).toBe(crc32(Uint8Array.of(1, 2, 3)));
    const at = bytes.readUInt32LE(second + 42);
    expect(bytes.readUInt32LE(at)).toBe(0x04034b50);
    expect(bytes.subarray(at + 30, at + 36).toString()).toBe('é/c/0');
    expect([...bytes.subarray(at + 36, at + 39)]).toEqual([1, 2, 3]);
  });

  it('writes a member in pieces as they come, its checksum behind them', async () => {
    const held = { byteLength: 5, pieces: (async function* () {
      yield Uint8Array.of(1, 2);
      yield Uint8Array.of(3, 4, 5);
    })() };
    const bytes = await gather(writeZip(members([{ name: 'long', bytes: held }, { name: 'next', bytes: Uint8Array.of(6) }])));
    const checksum = crc32(Uint8Array.of(1, 2, 3, 4, 5));
    expect([bytes.readUInt16LE(6) & 8, bytes.readUInt32LE(14), bytes.readUInt32LE(18)]).toEqual([8, 0, 0]);
    expect([...bytes.subarray(34, 39)]).toEqual([1, 2, 3, 4, 5]);
    expect([39, 43, 47, 51].map((at) => bytes.readUInt32LE(at))).toEqual([0x08074b50, checksum, 5, 5]);
    expect(bytes.readUInt32LE(55)).toBe(0x04034b50);
    const start = bytes.readUInt32LE(bytes.byteLength - 6);
    expect([bytes.readUInt16LE(start + 8) & 8, bytes.readUInt32LE(start + 16), bytes.readUInt32LE(start + 20)]).toEqual([8, checksum, 5]);
    expect(bytes.readUInt32LE(start + 46 + 4 + 42)).toBe(55);
    await expect(gather(writeZip(members([{ name: 'short', bytes: { ...held, pieces: (async function* () { yield Uint8Array.of(1); })() } }])))).rejects.toMatchObject({ code: 'internal' });
  });

  it('counts with 64 bits where 16 or 32 do not reach', async () => {
    const one = new Uint8Array(2 ** 26);
    async function* many(): AsyncGenerator<ZipMember> {
      for (let index = 0; index < 70_000; index++) yield { name: `${index}`, bytes: new Uint8Array() };
      for (let index = 0; index < 65; index++) yield { name: `large ${index}`, bytes: one };
    }
    // Of more than 4 GiB only the end is looked at.
    let tail = Buffer.alloc(0);
    let byteLength = 0;
    for await (const piece of writeZip(many())) {
      byteLength += piece.byteLength;
      tail = Buffer.concat([tail, piece.subarray(-5000)]).subarray(-5000);
    }
    const record = tail.subarray(-22 - 20 - 56);
    expect(record.readUInt32LE(0)).toBe(0x06064b50);
    expect(Number(record.readBigUInt64LE(32))).toBe(70_065);
    expect(Number(record.readBigUInt64LE(40) + record.readBigUInt64LE(48)) + 98).toBe(byteLength);
    const last = tail.lastIndexOf('large 64');
    expect([tail.readUInt32LE(last - 4), tail.readUInt16LE(last + 8), tail.readUInt16LE(last + 10)]).toEqual([0xffff_ffff, 1, 8]);
    expect(Number(tail.readBigUInt64LE(last + 12))).toBe(Number(record.readBigUInt64LE(48)) - 2 ** 26 - 30 - 8);
  });
});
