// Chunks that are files of their own, as of zarr: others write them while they are served.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createPipeline } from '@tessera/codecs';
import { parseScalarType, parseSelection, type ArrayManifest, type CodecSpec } from '@tessera/domain';
import { openStore } from '@tessera/storage';
import { collect, manifestStore, ticketFor } from '../test/stored-example.ts';
import { ReaderService } from './index.ts';

const byte = parseScalarType('|u1');
const plain: readonly CodecSpec[] = [{ name: 'bytes' }];
const compressed: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'zlib', configuration: { level: 1 } }];

describe.each([['plain', plain], ['compressed', compressed]])('a %s chunk in a file', (_name, codecs) => {
  let folder: string;
  let reader: ReaderService;

  /** Another file under the same name, as careful writers do. */
  const write = async (value: number) => {
    const pipeline = await createPipeline(codecs, { shape: [8], dataType: byte });
    await writeFile(join(folder, 'new'), await pipeline.encode(new Uint8Array(8).fill(value)));
    await rename(join(folder, 'new'), join(folder, '0'));
  };
  const whole = async () => {
    const bytes = (await reader.readChunk(ticketFor('it'), { chunkIndex: [0], chunkShape: [8], codecs }))?.bytes;
    return bytes && (await (await createPipeline(codecs, { shape: [8], dataType: byte })).decode(bytes))[0];
  };
  const part = async () => (await collect(reader.readArray(ticketFor('it'), { selection: parseSelection('2:4'), mediaType: 'application/octet-stream' })))[0];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-chunks-'));
    const refs = { form: 'template', prefix: pathToFileURL(folder).href, keyPrefix: '', separator: '.', scalarKey: '0' } as const;
    const manifest: ArrayManifest = { kind: 'array', dataType: byte, grid: { shape: [8], chunks: [8] }, edge: 'padded', codecs, refs, sources: [], volatile: true };
    reader = new ReaderService(openStore({ roots: [folder] }), manifestStore({ it: manifest }));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read as it is now, whole or in part', async () => {
    expect([await whole(), await part()]).toEqual([undefined, 0]);
    for (const value of [1, 2, 3]) {
      await write(value);
      expect([await whole(), await part(), await part()]).toEqual([value, value, value]);
    }
    await rm(join(folder, '0'));
    expect([await whole(), await part()]).toEqual([undefined, 0]);
  });

  it('is not read again for who has its version, and is as soon as it is another', async () => {
    const ask = (knownVersion?: string) => reader.readChunk(ticketFor('it'), { chunkIndex: [0], chunkShape: [8], codecs, ...(knownVersion === undefined ? {} : { knownVersion }) });
    expect(await ask('any')).toBeUndefined();
    const versions = new Set<string>();
    for (const value of [1, 2, 3, 4, 5]) {
      await write(value);
      const { version } = (await ask())!;
      expect(await ask(version)).toEqual({ version });
      expect(await ask('another')).toMatchObject({ version, bytes: expect.any(Uint8Array) });
      versions.add(version!);
    }
    expect(versions.size).toBe(5);
  });
});
