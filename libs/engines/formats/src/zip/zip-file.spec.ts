import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { elementCount, gridShape, locate, type ArrayManifest, type ByteStore, type Entry, type IndexedNode } from '@tessera/domain';
import { npzFormat } from '../npz/npz.format.ts';
import { zarrFormat } from '../zarr/zarr.format.ts';
import { ZipFile, isZip } from './zip-file.ts';

const fixtures = new URL('../../../../../fixtures/', import.meta.url);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(name, fixtures)));

function storeOf(uri: string, bytes: Uint8Array): { entry: Entry; store: ByteStore; reads: number[] } {
  const entry: Entry = { uri, isDirectory: false, byteLength: bytes.byteLength };
  const reads: number[] = [];
  const store: ByteStore = {
    read: async (_uri, range = { byteOffset: 0 }) => {
      const found = bytes.subarray(range.byteOffset, range.byteLength === undefined ? undefined : range.byteOffset + range.byteLength);
      reads.push(found.byteLength);
      return found;
    },
    stat: async () => entry,
    list: async function* () { /* no folder */ },
  };
  return { entry, store, reads };
}

async function open(bytes: Uint8Array): Promise<ZipFile> {
  const { entry, store } = storeOf('memory:/x.zip', bytes);
  return ZipFile.open(entry, store);
}

describe('a zip file', () => {
  it('is told by its first bytes', () => {
    expect(isZip(fixture('npz/stored.npz'))).toBe(true);
    expect(isZip(Uint8Array.of(0x50, 0x4b, 5, 6))).toBe(true);
    for (const bytes of [[], [0x50, 0x4b], [0x50, 0x4b, 1, 2], [1, 2, 3, 4]]) expect(isZip(Uint8Array.from(bytes))).toBe(false);
  });

  it.each(['npz/stored.npz', 'npz/unusual.npz'])('%s may have something before it', async (name) => {
    const bytes = fixture(name);
    const moved = await open(Buffer.concat([Buffer.from('#!/bin/sh\n'), bytes]));
    const members = [...moved.members.values()];
    const plain = await open(bytes);
    expect([...(await moved.dataByteOffsets(members))].map((offset) => offset - 10)).toEqual([...(await plain.dataByteOffsets([...plain.members.values()]))]);
  });

  it('is located without a look at members that lie close to one another', async () => {
    const { entry, store, reads } = storeOf('memory:/x.zip', fixture('zarr/v3_stored.zarr.zip'));
    const zip = await ZipFile.open(entry, store);
    reads.length = 0;
    await zip.dataByteOffsets([...zip.members.values()]);
    expect(reads).toEqual([]);
  });

  it.each([['nothing', new Uint8Array()], ['no zip file', Buffer.alloc(100)], ['a file cut short', fixture('npz/stored.npz').subarray(0, -30)]])('that is %s is gone', async (_what, bytes) => {
    await expect(open(new Uint8Array(bytes))).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining('zip file') });
  });
});

describe('damaged zip files', () => {
  const files = [['a.npz', 'npz/unusual.npz'], ['b.npz', 'npz/positional.npz'], ['c.zarr.zip', 'zarr/v2_mixed.zarr.zip'], ['d.zip', 'zarr/v3_large_fields.zip']] as const;
  const found = files.map(([uri, name]) => ({ uri: `memory:/${uri}`, bytes: fixture(name) }));

  async function indexed(uri: string, bytes: Uint8Array): Promise<IndexedNode[]> {
    const { entry, store } = storeOf(uri, bytes);
    const format = uri.endsWith('.npz') ? npzFormat : zarrFormat;
    await format.sniff(entry, bytes.subarray(0, 4096), store);
    return Array.fromAsync(format.index(entry, store, {}));
  }

  it('give nodes whose bytes are in the file, or one clear error', async () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 8, 0x7f, 0xff));
    await fc.assert(fc.asyncProperty(fc.nat(found.length - 1), fc.array(change, { maxLength: 6 }), fc.boolean(), fc.option(fc.nat()), async (which, changes, isAtEnd, cut) => {
      const { uri, bytes } = found[which]!;
      const damaged = bytes.slice(0, cut === null ? undefined : cut % bytes.byteLength);
      for (const [at, value] of changes) if (damaged.byteLength > 0) damaged[isAtEnd ? damaged.byteLength - 1 - (at % Math.min(300, damaged.byteLength)) : at % damaged.byteLength] = value;
      try {
        for (const node of await indexed(uri, damaged)) if (node.manifest) expectInside(node.manifest as ArrayManifest, damaged.byteLength);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('gone');
      }
    }), { numRuns: 600 });
  });

  function expectInside(manifest: ArrayManifest, byteLength: number): void {
    const counts = gridShape(manifest.grid);
    for (let ordinal = 0; ordinal < Math.min(elementCount(counts), 50); ordinal++) {
      let rest = ordinal;
      const ref = locate(manifest, [...counts].reverse().map((count) => {
        const index = rest % count;
        rest = Math.floor(rest / count);
        return index;
      }).reverse());
      if (ref?.kind === 'range') expect(ref.byteOffset >= 0 && ref.byteOffset + ref.byteLength <= byteLength).toBe(true);
    }
  }
});
