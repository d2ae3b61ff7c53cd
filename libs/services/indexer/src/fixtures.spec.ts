// Files written by numpy and zarr-python: format → manifest → codecs gives what the writing library reads back.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPipeline } from '@tessera/codecs';
import { elementCount, gridShape, locate, chunkOriginAt, chunkShapeAt, formatDescr, regularChunkShape, type ArrayManifest, type ByteStore, type Manifest, type ManifestStore, type NodeDraft } from '@tessera/domain';
import { formatFileUri, openStore } from '@tessera/storage';
import { IndexerService } from './indexer.service.ts';

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));
const store = openStore({ roots: [fixtures] });

interface ExpectedArray { readonly family?: string; readonly descr: unknown; readonly shape: number[]; readonly data: string; readonly attributes?: unknown }

function memoryManifests(): ManifestStore & { readonly all: Map<string, Manifest> } {
  const all = new Map<string, Manifest>();
  return {
    all,
    put: async (manifests) => manifests.map((manifest) => {
      const id = `m${all.size}`;
      all.set(id, manifest);
      return id;
    }),
    get: async (id) => all.get(id)!,
  };
}

async function indexed(path: string) {
  const manifests = memoryManifests();
  const drafts: NodeDraft[] = [];
  for await (const draft of new IndexerService(store, manifests).index({ uri: formatFileUri(fixtures + path) })) drafts.push(draft);
  return { drafts, manifestOf: (draft: NodeDraft) => manifests.all.get(draft.manifestId!) as ArrayManifest };
}

/** The whole array, put together element by element: slow, and too simple to be wrong. */
async function readWhole(manifest: ArrayManifest, bytes: ByteStore): Promise<Buffer> {
  const { grid, dataType, fillValue } = manifest;
  const size = dataType.itemsize;
  const whole = Buffer.alloc(elementCount(grid.shape) * size);
  const counts = gridShape(grid);
  for (let ordinal = 0; ordinal < elementCount(counts); ordinal++) {
    const index = unravel(ordinal, counts);
    const clipped = chunkShapeAt(grid, index);
    const shape = manifest.edge === 'padded' ? regularChunkShape(grid)! : clipped;
    const pipeline = await createPipeline(manifest.codecs, { shape, dataType, ...(fillValue ? { fillValue } : {}) });
    const ref = locate(manifest, index);
    const stored = ref && (ref.kind === 'inline' ? ref.bytes : await bytes.read(ref.uri, ref.kind === 'range' ? ref : undefined));
    const chunk = stored && (await pipeline.decode(stored, ref?.kind === 'range' && ref.codecMask !== undefined ? { codecMask: ref.codecMask } : {}));
    const origin = chunkOriginAt(grid, index);
    for (let element = 0; element < elementCount(clipped); element++) {
      const at = unravel(element, clipped);
      const from = ravel(at, shape) * size;
      const to = ravel(at.map((value, axis) => value + origin[axis]!), grid.shape) * size;
      if (chunk) whole.set(chunk.subarray(from, from + size), to);
      else if (fillValue) whole.set(fillValue, to);
    }
  }
  return whole;
}

const ravel = (index: readonly number[], shape: readonly number[]) => index.reduce((flat, at, axis) => flat * shape[axis]! + at, 0);
function unravel(ordinal: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1, rest = ordinal; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

async function expectArray(manifest: ArrayManifest, expected: ExpectedArray): Promise<void> {
  expect(JSON.parse(JSON.stringify(formatDescr(manifest.dataType)))).toEqual(expected.descr);
  expect(manifest.grid.shape).toEqual(expected.shape);
  const whole = await readWhole(manifest, store);
  expect(whole.equals(Buffer.from(expected.data, 'base64'))).toBe(true);
}

describe('npy files', () => {
  const expected = JSON.parse(readFileSync(`${fixtures}npy/expected.json`, 'utf8')) as Record<string, ExpectedArray>;

  it.each(Object.keys(expected))('%s', async (name) => {
    const { drafts, manifestOf } = await indexed(`npy/${name}.npy`);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]!.dataSource).toMatchObject({ mediaType: 'application/x-npy', assets: [{ isDirectory: false, parameter: 'data_uri', byteLength: expect.any(Number) }] });
    await expectArray(manifestOf(drafts[0]!), expected[name]!);
  });

  it('never opens pickled objects', async () => {
    await expect(indexed('npy/object.npy')).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining('pickled') });
  });
});

describe('npz files', () => {
  const expected = JSON.parse(readFileSync(`${fixtures}npz/expected.json`, 'utf8')) as Record<string, Record<string, ExpectedArray>>;
  const keyOf = (draft: NodeDraft) => draft.path.join('/');

  it.each(Object.keys(expected))('%s', async (file) => {
    const { drafts, manifestOf } = await indexed(`npz/${file}`);
    expect(drafts[0]).toMatchObject({ path: [], structure: { family: 'container' }, dataSource: { mediaType: 'application/x-npz', assets: [{ isDirectory: false }] } });
    expect(drafts.filter((draft) => draft.manifestId !== undefined).map(keyOf)).toEqual(Object.keys(expected[file]!));
    for (const draft of drafts) if (draft.manifestId !== undefined) await expectArray(manifestOf(draft), expected[file]![keyOf(draft)]!);
  });

  it('read ranges of what is stored, and compressed arrays as a whole', async () => {
    const refsOf = async (file: string) => {
      const { drafts, manifestOf } = await indexed(`npz/${file}`);
      return drafts.flatMap((draft) => (draft.manifestId === undefined ? [] : [manifestOf(draft).codecs.map((codec) => codec.name).join()]));
    };
    expect(new Set(await refsOf('positional.npz'))).toEqual(new Set(['bytes']));
    expect(await refsOf('compressed.npz')).toContain('transpose,bytes,prefixed,deflate');
  });

  it('show what cannot be read beside what can', async () => {
    const { drafts } = await indexed('npz/problems.npz');
    expect(drafts.map((draft) => [keyOf(draft), draft.problem])).toEqual([
      ['', undefined],
      ['object', expect.stringContaining('pickled')],
      ['bzip2', '"bzip2.npy" is compressed with the method 12 of zip files; stored and deflated members can be read.'],
      ['text', expect.stringContaining('not a npy file')],
      ['cut', expect.stringContaining('cut off')],
      ['sound', undefined],
    ]);
  });
});

const hierarchies = [['v2', 'v2.zarr'], ['v3', 'v3.zarr'], ['v2', 'v2_mixed.zarr.zip'], ['v3', 'v3_stored.zarr.zip'], ['v3', 'v3_large_fields.zip']] as const;

describe.each(hierarchies)('the zarr %s hierarchy %s', (version, file) => {
  const isZip = file.endsWith('.zip');
  const expected = (JSON.parse(readFileSync(`${fixtures}zarr/expected.json`, 'utf8')) as Record<string, Record<string, ExpectedArray>>)[version]!;
  let found: Awaited<ReturnType<typeof indexed>>;
  beforeAll(async () => { found = await indexed(`zarr/${file}`); });

  it('has the nodes that zarr-python finds, parents first, sorted by name', () => {
    const paths = found.drafts.map((draft) => draft.path.join('/'));
    expect([...paths].sort()).toEqual(Object.keys(expected).sort());
    expect(paths[0]).toBe('');
    expect(found.drafts[0]!.dataSource).toMatchObject({ mediaType: 'application/x-zarr', assets: [isZip ? { isDirectory: false, byteLength: expect.any(Number) } : { isDirectory: true, etag: expect.any(String) }] });
    expect(found.drafts.filter((draft) => draft.problem !== undefined)).toEqual([]);
  });

  it.each(Object.keys(expected))('/%s', async (path) => {
    const draft = found.drafts.find((each) => each.path.join('/') === path)!;
    const wanted = expected[path]!;
    expect(draft.structure.family).toBe(wanted.family);
    // Where xarray wrote, the fill value of Zarr v2 marks what is missing.
    const attributes = wanted.attributes as object;
    const isMarked = version === 'v2' && '_ARRAY_DIMENSIONS' in attributes;
    expect(draft.metadata).toEqual({ ...attributes, ...(isMarked ? { _FillValue: 0 } : {}) });
    if (wanted.family === 'array') await expectArray(found.manifestOf(draft), wanted);
  });

  it('names axes', () => {
    const dims = found.drafts.flatMap(({ structure }) => (structure.family === 'array' && structure.array.dims ? [structure.array.dims] : []));
    expect(dims).toEqual(version === 'v2' ? [['y', 'x']] : [['z', 'y', 'x']]);
  });
});
