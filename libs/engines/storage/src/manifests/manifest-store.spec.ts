import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArrayManifest } from '@tessera/domain';
import { formatFileUri } from '../file-uri.ts';
import { WritableFileStore } from '../stores/writable-file.ts';
import { BundledManifestStore } from './manifest-store.ts';

const manifest = (length: number): ArrayManifest => ({
  kind: 'array',
  dataType: { kind: 'f', itemsize: 8, endianness: 'little' },
  grid: { shape: [length], chunks: [1] },
  edge: 'padded',
  codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
  refs: { form: 'table', uris: ['file://localhost/x'], byteOffsets: Float64Array.from({ length }, (_, i) => i * 8), byteLengths: new Float64Array(length).fill(8) },
  sources: [{ uri: 'file://localhost/x', byteLength: 1 }],
});

describe('BundledManifestStore', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'tessera-manifests-')); });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const open = (cacheByteLength?: number) =>
    new BundledManifestStore(new WritableFileStore(folder), { uri: formatFileUri(folder), ...(cacheByteLength === undefined ? {} : { cacheByteLength }) });

  it('gives back what was stored, in another process too', async () => {
    const manifests = [manifest(3), manifest(1), manifest(7)];
    const ids = await open().put(manifests);
    const other = open();
    expect(await Promise.all(ids.map((id) => other.get(id)))).toEqual(manifests);
    expect(await open(0 + 1).get(ids[2]!)).toEqual(manifests[2]);
  });

  it('names equal bundles alike and stores them once', async () => {
    const first = await open().put([manifest(3)]);
    expect(await open().put([manifest(3)])).toEqual(first);
    const hash = first[0]!.split('.')[0]!;
    expect(await readdir(join(folder, 'manifests', hash.slice(0, 2)))).toEqual([hash]);
  });

  it('reads a manifest once for many callers', async () => {
    const [id] = await open().put([manifest(5)]);
    const store = open();
    const [a, b] = await Promise.all([store.get(id!), store.get(id!)]);
    expect(a).toBe(b);
    expect(await store.get(id!)).toBe(a);
  });

  it.each(['', 'x', '../../etc/passwd.0.1', `${'0'.repeat(64)}.0.8`, `${'0'.repeat(64)}.0.-1`])('says gone of "%s"', async (id) => {
    await expect(open().get(id)).rejects.toMatchObject({ code: 'gone' });
  });
});
