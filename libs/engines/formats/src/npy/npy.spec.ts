import fc from 'fast-check';
import { chunkOriginAt, chunkShapeAt, elementCount, gridShape, locate, parseScalarType, type ArrayManifest, type ByteStore, type Entry } from '@tessera/domain';
import { denseRefs } from '../dense-refs.ts';
import { npyFormat } from './npy.format.ts';
import { parsePythonLiteral } from './python-literal.ts';

function npy(header: string, data = 0, version = 1): Uint8Array {
  const text = Buffer.from(header, 'latin1');
  const prelude = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0\0\0`, 'latin1');
  prelude.writeUInt16LE(text.byteLength, 8);
  return new Uint8Array(Buffer.concat([prelude, text, Buffer.alloc(data)]));
}

async function index(bytes: Uint8Array) {
  const entry: Entry = { uri: 'memory:/x.npy', isDirectory: false, byteLength: bytes.byteLength };
  const store: ByteStore = {
    read: async (_uri, range) => bytes.subarray(range?.byteOffset ?? 0, (range?.byteOffset ?? 0) + (range?.byteLength ?? Infinity)),
    stat: async () => entry,
    list: async function* () { /* no folder */ },
  };
  for await (const node of npyFormat.index(entry, store, {})) return node;
  throw new Error('no node');
}

describe('Python literals', () => {
  it.each([
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", new Map<string, unknown>([['descr', '<f8'], ['fortran_order', false], ['shape', [3]]])],
    ['[1, (2), (3,), (), -4L]', [1, 2, [3], [], -4]],
    ['"a\\x41\\u00e4\\"\\q"', 'aA\u00e4"\\q'],
    ['None', null],
  ])('reads %s', (text, value) => expect(parsePythonLiteral(text)).toEqual(value));

  it.each(["{'a': 1", '1 2', '[1 2]', "{1: 2}", '', 'f(x)', '{]', '(1,', "'", `${'['.repeat(100)}${']'.repeat(100)}`])('refuses %s', (text) => {
    expect(() => parsePythonLiteral(text)).toThrow(SyntaxError);
  });
});

describe('the npy format', () => {
  it('reads the header that numpy writes', async () => {
    const node = await index(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }\n", 12));
    expect(node.manifest).toMatchObject({ dataType: { kind: 'i', itemsize: 2, endianness: 'big' }, edge: 'clipped', codecs: [{ name: 'bytes', configuration: { endian: 'big' } }] });
    expect((node.manifest as ArrayManifest).refs).toEqual({ form: 'affine', uri: 'memory:/x.npy', byteOffset: 70, byteStride: 12, byteLength: 12 });
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['another magic', Uint8Array.from(Buffer.from('not a npy file at all'))],
    ['an unknown version', npy("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", 8, 9)],
    ['no dictionary', npy('import os')],
    ['a missing shape', npy("{'descr': '<f8', 'fortran_order': False}")],
    ['a negative length', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", 8)],
    ['a type of no known size', npy("{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}", 8)],
    ['pickled objects', npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 80)],
    ['pickled objects in a struct', npy("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}", 80)],
    ['too few bytes', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", 15)],
    ['a shape beyond counting', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991)}", 8)],
    ['a header cut off', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}").subarray(0, 30)],
  ])('says gone of %s', async (_what, bytes) => {
    await expect(index(bytes)).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('denseRefs', () => {
  it('finds each element where it lies, in either order and however it is cut', () => {
    const long = fc.integer({ min: 1, max: 9 });
    fc.assert(fc.property(fc.array(long, { maxLength: 4 }), fc.boolean(), (shape, isFortran) => {
      // 4 MiB an element: the usual chunk of 16 MiB then holds four.
      const itemsize = 4 * 2 ** 20;
      const { grid, refs } = denseRefs(shape, itemsize, isFortran, 'file:///x', 1000);
      const manifest: ArrayManifest = { kind: 'array', dataType: parseScalarType(`|V${itemsize}`), grid, refs, edge: 'clipped', codecs: [], sources: [] };
      const strides = shape.map((_, axis) => elementCount(isFortran ? shape.slice(0, axis) : shape.slice(axis + 1)));
      const flat = (at: readonly number[]) => at.reduce((sum, value, axis) => sum + value * strides[axis]!, 0);
      let bytes = 0;
      forEachIndex(gridShape(grid), (chunkIndex) => {
        const ref = locate(manifest, chunkIndex)!;
        if (ref.kind !== 'range') throw new Error('a range was expected');
        const origin = chunkOriginAt(grid, chunkIndex);
        const chunk = chunkShapeAt(grid, chunkIndex);
        expect(ref.byteLength).toBe(elementCount(chunk) * itemsize);
        const inner = chunk.map((_, axis) => elementCount(isFortran ? chunk.slice(0, axis) : chunk.slice(axis + 1)));
        forEachIndex(chunk, (at) => {
          const within = at.reduce((sum, value, axis) => sum + value * inner[axis]!, 0);
          expect(ref.byteOffset + within * itemsize).toBe(1000 + flat(at.map((value, axis) => value + origin[axis]!)) * itemsize);
        });
        bytes += ref.byteLength;
      });
      expect(bytes).toBe(elementCount(shape) * itemsize);
    }), { numRuns: 200 });
  });
});

function forEachIndex(shape: readonly number[], visit: (index: number[]) => void): void {
  const total = elementCount(shape);
  const index = shape.map(() => 0);
  for (let ordinal = 0; ordinal < total; ordinal++) {
    visit([...index]);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]!; axis--) index[axis] = 0;
  }
}
