// An array of many files: a read opens those that it touches, looks at them, and at no others.
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPipeline } from '@tessera/codecs';
import { parseScalarType, parseSelection, type ArrayManifest, type CodecSpec, type SeriesRefs, type VersionedByteStore } from '@tessera/domain';
import { formatFileUri, openStore, uriName } from '@tessera/storage';
import { collect, manifestStore, ticketFor } from '../test/stored-example.ts';
import { ReaderService } from './index.ts';

const byte = parseScalarType('|u1');
const plain: readonly CodecSpec[] = [{ name: 'bytes' }];
const compressed: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'zlib', configuration: { level: 1 } }];
const count = 40;
const problem = 'The file "f03.bin" is not part of this array. It is cut off.';

describe.each([['plain', plain], ['compressed', compressed]])('a series of %s files', (_name, codecs) => {
  let folder: string;
  let reader: ReaderService;
  let touched: string[];

  const write = async (frame: number, value: number, length = 8) => {
    const pipeline = await createPipeline(codecs, { shape: [1, length], dataType: byte });
    await writeFile(join(folder, `f${String(frame).padStart(2, '0')}.bin`), await pipeline.encode(new Uint8Array(length).fill(value)));
  };
  const rewrite = async (frame: number, value: number) => {
    await write(frame, value);
    await utimes(join(folder, `f${String(frame).padStart(2, '0')}.bin`), 1e9, 1e9);
  };
  const chunk = async (frame: number) => {
    const bytes = (await reader.readChunk(ticketFor('it'), { chunkIndex: [frame, 0], chunkShape: [1, 8], codecs }))?.bytes;
    return (await (await createPipeline(codecs, { shape: [1, 8], dataType: byte })).decode(bytes!))[0];
  };
  const part = async (selection: string) => [...(await collect(reader.readArray(ticketFor('it'), { selection: parseSelection(selection), mediaType: 'application/octet-stream' })))];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-series-'));
    touched = [];
    const facts = [];
    for (let frame = 0; frame < count; frame++) {
      await write(frame, frame);
      facts.push(await stat(join(folder, `f${String(frame).padStart(2, '0')}.bin`)));
    }
    const refs: SeriesRefs = {
      form: 'series', prefix: `${formatFileUri(folder)}/f`, suffix: '.bin', width: 2,
      numbers: Float64Array.from({ length: count }, (_, frame) => frame),
      fileByteLengths: Float64Array.from(facts, ({ size }) => size), modifiedAtMs: Float64Array.from(facts, ({ mtimeMs }) => Math.floor(mtimeMs)),
      tables: Uint32Array.from({ length: count }, (_, frame) => (frame === 3 ? count : frame)), tableCount: count, chunksPerFrame: 1,
      byteOffsets: new Float64Array(count), byteLengths: Float64Array.from(facts, ({ size }) => size), reasons: [problem],
    };
    const manifest: ArrayManifest = { kind: 'array', dataType: byte, grid: { shape: [count, 8], chunks: [1, 8] }, edge: 'clipped', codecs, refs, sources: [] };
    const store = openStore({ roots: [folder] });
    const note = (uri: string) => { touched.push(uriName(uri)); };
    const watched: VersionedByteStore = {
      ...store,
      read: (uri, ...rest) => { note(uri); return store.read(uri, ...rest); },
      stat: (uri, ...rest) => { note(uri); return store.stat(uri, ...rest); },
      readSnapshot: (uri, ...rest) => { note(uri); return store.readSnapshot(uri, ...rest); },
    };
    reader = new ReaderService(watched, manifestStore({ it: manifest }));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives each frame from its file', async () => {
    expect(await chunk(7)).toBe(7);
    expect(await part('17,2:4')).toEqual([17, 17]);
    expect(new Set(touched)).toEqual(new Set(['f07.bin', 'f17.bin']));
    expect(await part('10:40:10,0')).toEqual([10, 20, 30]);
    expect(new Set(touched)).toEqual(new Set(['f07.bin', 'f17.bin', 'f10.bin', 'f20.bin', 'f30.bin']));
  });

  it('says of a frame that could not be indexed why, and serves its neighbours', async () => {
    await expect(chunk(3)).rejects.toMatchObject({ code: 'gone', message: problem });
    await expect(part('2:5')).rejects.toMatchObject({ code: 'gone', message: problem });
    expect(await part('4,0:1')).toEqual([4]);
    await rewrite(3, 9);
    await expect(chunk(3)).rejects.toMatchObject({ code: 'stale' });
  });

  it('never gives bytes of a file that changed, whole, in part, or kept', async () => {
    expect(await part('5,0:2')).toEqual([5, 5]);
    await rewrite(5, 77);
    await expect(part('5,0:2')).rejects.toMatchObject({ code: 'stale' });
    await expect(chunk(5)).rejects.toMatchObject({ code: 'stale' });
    await writeFile(join(folder, 'f06.bin'), '');
    await expect(chunk(6)).rejects.toMatchObject({ code: 'stale' });
    await expect(part('6,1')).rejects.toMatchObject({ code: 'stale' });
    await rm(join(folder, 'f08.bin'));
    await expect(chunk(8)).rejects.toMatchObject({ code: 'gone', details: { isMissing: true } });
    expect(await chunk(9)).toBe(9);
  });
});
