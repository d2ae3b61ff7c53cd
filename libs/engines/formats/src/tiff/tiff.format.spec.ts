// Whole files by tifffile are read in conformance/formats; here are small ones made by hand, and what damage does.
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { isTesseraError, type ArrayManifest, type ByteStore, type Entry, type IndexedNode, type TableRefs } from '@tessera/domain';
import { tiffFormat } from './tiff.format.ts';

/** Fields of a directory: code → values, of type LONG; texts as ASCII. */
type Fields = Record<number, number[] | string>;

const page: Fields = { 256: [4], 257: [3], 258: [16], 259: [1], 262: [1], 273: [8], 277: [1], 278: [3], 279: [24] };

/** A little-endian TIFF of `data` from byte 8 on, and directories one after the other; `next` names another for the last. */
function tiff(directories: Fields[], data = 64, next = 0): Uint8Array {
  const parts: Buffer[] = [Buffer.alloc(8 + data)];
  parts[0]!.write('II*\0', 'latin1');
  let at = 8 + data;
  parts[0]!.writeUInt32LE(at, 4);
  directories.forEach((fields, index) => {
    const codes = Object.keys(fields).map(Number).sort((a, b) => a - b);
    const list = Buffer.alloc(2 + codes.length * 12 + 4);
    const values: Buffer[] = [];
    let valuesAt = at + list.byteLength;
    list.writeUInt16LE(codes.length);
    codes.forEach((code, field) => {
      const value = fields[code]!;
      const bytes = typeof value === 'string' ? Buffer.from(`${value}\0`) : Buffer.from(Uint32Array.from(value).buffer);
      const place = 2 + field * 12;
      list.writeUInt16LE(code, place);
      list.writeUInt16LE(typeof value === 'string' ? 2 : 4, place + 2);
      list.writeUInt32LE(typeof value === 'string' ? bytes.byteLength : value.length, place + 4);
      if (bytes.byteLength <= 4) bytes.copy(list, place + 8);
      else {
        list.writeUInt32LE(valuesAt, place + 8);
        values.push(bytes);
        valuesAt += bytes.byteLength;
      }
    });
    at = valuesAt;
    list.writeUInt32LE(index < directories.length - 1 ? at : next, list.byteLength - 4);
    parts.push(list, ...values);
  });
  return new Uint8Array(Buffer.concat(parts));
}

async function index(bytes: Uint8Array): Promise<IndexedNode & { manifest: ArrayManifest }> {
  const entry: Entry = { uri: 'memory:/x.tif', isDirectory: false, byteLength: bytes.byteLength };
  const store: ByteStore = {
    read: async (_uri, range) => bytes.slice(range?.byteOffset ?? 0, (range?.byteOffset ?? 0) + (range?.byteLength ?? Infinity)),
    stat: async () => entry,
    list: async function* () { /* no folder */ },
  };
  for await (const node of tiffFormat.index(entry, store, {})) return node as IndexedNode & { manifest: ArrayManifest };
  throw new Error('no node');
}

describe('the tiff format', () => {
  it('reads an image that lies in one run as such, whatever its strips', async () => {
    const { manifest, metadata } = await index(tiff([{ ...page, 273: [8, 16, 24], 278: [1], 279: [8, 8, 8], 270: 'ein Bild', 65000: [7] }]));
    expect(manifest.grid).toEqual({ shape: [3, 4], chunks: [3, 4] });
    expect(manifest.refs).toEqual({ form: 'affine', uri: 'memory:/x.tif', byteOffset: 8, byteStride: 24, byteLength: 24 });
    expect(metadata).toEqual({
      ImageWidth: 4, ImageLength: 3, BitsPerSample: 16, Compression: 1, PhotometricInterpretation: 1, ImageDescription: 'ein Bild',
      SamplesPerPixel: 1, RowsPerStrip: 1, 65000: 7,
    });
  });

  it('keeps strips apart that do not follow each other, and those never written', async () => {
    const { manifest, structure } = await index(tiff([{ ...page, 273: [40, 0, 8], 278: [1], 279: [8, 0, 8] }]));
    // Clients are offered blocks of several.
    expect(structure).toMatchObject({ array: { shape: [3, 4], chunks: [4, 4] } });
    const { byteOffsets, byteLengths } = manifest.refs as TableRefs;
    expect([[...byteOffsets], [...byteLengths]]).toEqual([[40, -1, 8], [8, 0, 8]]);
    expect([manifest.grid.chunks, manifest.edge]).toEqual([[1, 4], 'clipped']);
  });

  it('cuts the last strip, and lengths that are too long', async () => {
    const { manifest } = await index(tiff([{ ...page, 273: [32, 8], 278: [2], 279: [999, 999] }]));
    expect([...(manifest.refs as TableRefs).byteLengths]).toEqual([16, 8]);
  });

  it('stacks images that are alike, and leaves out the others', async () => {
    const small = { ...page, 256: [2], 257: [2], 273: [40], 278: [2], 279: [8] };
    const { manifest } = await index(tiff([page, small, { ...page, 273: [32] }]));
    expect(manifest.grid.shape).toEqual([2, 3, 4]);
    expect(manifest.refs).toEqual({ form: 'affine', uri: 'memory:/x.tif', byteOffset: 8, byteStride: 24, byteLength: 48 });
  });

  it('takes images that no directory tells of where ImageJ says so', async () => {
    const { manifest, structure } = await index(tiff([{ ...page, 270: 'ImageJ=1.54\nimages=4\nchannels=2\nslices=2\nhyperstack=true\n' }], 100));
    expect(manifest.grid).toEqual({ shape: [2, 2, 3, 4], chunks: [1, 1, 3, 4] });
    expect(structure).toMatchObject({ array: { dims: ['Z', 'C', 'Y', 'X'] } });
    expect((await index(tiff([{ ...page, 270: 'ImageJ=1.54\nimages=99\nslices=99\n' }], 100))).manifest.grid.shape).toEqual([3, 4]);
  });

  it('takes the planes of MetaMorph that follow the first', async () => {
    const { manifest } = await index(tiff([{ ...page, 33629: [1, 2, 3] }], 80));
    expect(manifest.grid).toEqual({ shape: [3, 3, 4], chunks: [1, 3, 4] });
    expect((await index(tiff([{ ...page, 33629: [...Array(99).keys()] }], 80))).manifest.grid.shape).toEqual([3, 4]);
  });

  it('leaves out metadata that are damaged', async () => {
    const bytes = tiff([{ ...page, 270: 'a description of some length', 305: 'by hand' }]);
    const view = new DataView(bytes.buffer);
    // The place of the description, the sixth field of the directory.
    view.setUint32(72 + 2 + 5 * 12 + 8, 9_999_999, true);
    const { manifest, metadata } = await index(bytes);
    expect(manifest.grid.shape).toEqual([3, 4]);
    expect(metadata).toMatchObject({ Software: 'by hand' });
    expect(metadata).not.toHaveProperty('ImageDescription');
  });

  it.each([
    ['no planes', '<OME><Image><Pixels DimensionOrder="XYZCT" SizeX="4" SizeY="3" SizeZ="2" SizeC="1" SizeT="1"/></Image></OME>', [2, 3, 4]],
    ['planes in reverse', '<OME><Image><Pixels DimensionOrder="XYZCT" SizeX="4" SizeY="3" SizeZ="1" SizeC="2" SizeT="1"><TiffData IFD="1" FirstC="0"/><TiffData IFD="0" FirstC="1"/></Pixels></Image></OME>', [2, 3, 4]],
    ['planes that are not there', '<OME><Image><Pixels DimensionOrder="XYCZT" SizeX="4" SizeY="3" SizeZ="3" SizeC="1" SizeT="2"><TiffData/></Pixels></Image></OME>', [2, 3, 3, 4]],
    ['another size', '<OME><Image><Pixels DimensionOrder="XYZCT" SizeX="5" SizeY="3" SizeZ="1" SizeC="2" SizeT="1"><TiffData/></Pixels></Image></OME>', [2, 3, 4]],
    ['planes elsewhere', '<OME UUID="a"><Image><Pixels DimensionOrder="XYZCT" SizeX="4" SizeY="3" SizeZ="4" SizeC="1" SizeT="1"><TiffData><UUID FileName="y.tif">b</UUID></TiffData></Pixels></Image></OME>', [2, 3, 4]],
    ['sizes beyond all bounds', '<OME><Image><Pixels DimensionOrder="XYZCT" SizeX="4" SizeY="3" SizeZ="99999999" SizeC="99999999" SizeT="1"><TiffData/></Pixels></Image></OME>', [2, 3, 4]],
  ])('reads OME-XML with %s', async (what, description, shape) => {
    const { manifest } = await index(tiff([{ ...page, 270: description }, { ...page, 273: [40] }]));
    expect(manifest.grid.shape).toEqual(shape);
    if (what === 'planes in reverse') expect([...(manifest.refs as TableRefs).byteOffsets]).toEqual([40, 8]);
  });

  it.each([
    ['nothing', new Uint8Array(), 'first bytes'],
    ['another magic', Buffer.from('II\x2b\x01 not a TIFF file'), 'first bytes'],
    ['a directory beyond the end', tiff([page]).slice(0, 72), 'beyond its end'],
    ['no image', Uint8Array.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]), 'no image'],
    ['a directory without end', tiff([{ ...page }], 64, 72), 'in a circle'],
    ['no size', tiff([{ ...page, 256: [0] }]), 'the width'],
    ['data beyond the end', tiff([{ ...page, 273: [99_999] }]), 'cut off'],
    ['too little data', tiff([{ ...page, 279: [23] }]), 'shorter than it should be'],
    ['too few strips', tiff([{ ...page, 278: [1] }]), 'where all its strips'],
    ['more strips than can be', tiff([{ ...page, 257: [2 ** 31], 278: [1] }]), 'strips or tiles'],
    ['a tile of gigabytes', tiff([{ ...page, 256: [2 ** 20], 257: [2 ** 20], 259: [8], 322: [2 ** 20], 323: [2 ** 20], 324: [8], 325: [9] }]), 'more than a gigabyte'],
    ['an unknown compression', tiff([{ ...page, 259: [34712] }]), 'JPEG 2000'],
    ['samples of different sizes', tiff([{ ...page, 277: [2], 258: [8, 16] }]), 'different bits'],
    ['samples of no known type', tiff([{ ...page, 258: [128], 279: [192] }], 200), 'Samples of 128 bits'],
  ])('says gone of %s', async (_what, bytes, words) => {
    await expect(index(bytes)).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining(words) });
  });

  it('says gone of any damage, or reads what is left', async () => {
    const folder = new URL('../../../../../fixtures/tiff/', import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith('.tif')).map((name) => new Uint8Array(readFileSync(new URL(name, folder))));
    await fc.assert(fc.asyncProperty(fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }), fc.option(fc.nat(), { freq: 8 }), async (file, changes, cut) => {
      let bytes = file.slice();
      // Half of the changes are near the beginning, where the first directory often is.
      for (const [at, value] of changes) bytes[at % (at % 2 ? 300 : bytes.byteLength)] = value;
      if (cut !== null) bytes = bytes.slice(0, cut % bytes.byteLength);
      const error = await index(bytes).then(() => undefined, (thrown: unknown) => thrown);
      expect(error === undefined || isTesseraError(error, 'gone')).toBe(true);
    }), { numRuns: 400 });
  });
});
