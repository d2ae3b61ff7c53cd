// A response is read in bounded memory: what its taker releases is used for what follows, or freed, and nobody sees it overwritten.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createPipeline } from '@tessera/codecs';
import { elementCount, gridShape, parseScalarType, releasePiece, type ArrayManifest, type CodecSpec } from '@tessera/domain';
import { openStore } from '@tessera/storage';
import { manifestStore, ticketFor } from '../test/stored-example.ts';
import { ReaderService } from './index.ts';

const mebi = 2 ** 20;
const word = parseScalarType('<u2');
const plain: readonly CodecSpec[] = [{ name: 'bytes' }];
const zlib: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'zlib', configuration: { level: 1 } }];

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'tessera-memory-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An array in files, and all that it holds. Its chunks lie behind one another in C order. */
async function store(shape: readonly number[], chunks: readonly number[], codecs: readonly CodecSpec[]) {
  const grid = { shape, chunks };
  const pipeline = await createPipeline(codecs, { shape: chunks, dataType: word });
  const words = new Uint16Array(elementCount(shape));
  for (let index = 0; index < words.length; index++) words[index] = (index * 167) % 4099;
  const bytes = Buffer.from(words.buffer);
  const count = elementCount(gridShape(grid));
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const chunk = bytes.subarray(ordinal * pipeline.byteLength, (ordinal + 1) * pipeline.byteLength);
    await writeFile(join(folder, [ordinal, ...shape.slice(1).map(() => 0)].join('.')), await pipeline.encode(chunk));
  }
  const refs = { form: 'template', prefix: pathToFileURL(folder).href, keyPrefix: '', separator: '.', scalarKey: '0' } as const;
  const manifest: ArrayManifest = { kind: 'array', dataType: word, grid, edge: 'padded', codecs, refs, sources: [], volatile: false };
  return { bytes, reader: new ReaderService(openStore({ roots: [folder] }), manifestStore({ it: manifest })) };
}

/** Takes a response piece by piece, releasing each. @returns the bytes, the memory that pieces lay in, and the longest piece. */
async function takeAll(reader: ReaderService) {
  const taken: Buffer[] = [];
  const buffers = new Set<ArrayBufferLike>();
  let longest = 0;
  for await (const piece of reader.readArray(ticketFor('it'), { selection: [], mediaType: 'application/octet-stream' })) {
    taken.push(Buffer.from(piece));
    buffers.add(piece.buffer);
    longest = Math.max(longest, piece.byteLength);
    releasePiece(piece);
  }
  return { bytes: Buffer.concat(taken), buffers: [...buffers] as ArrayBuffer[], longest };
}

describe('a long response', () => {
  it('of chunks without codecs is read into the same few buffers, also where chunks are larger than these', async () => {
    const { reader, bytes } = await store([40, 512, 1024], [20, 512, 1024], plain);
    const taken = await takeAll(reader);
    expect(taken.bytes.equals(bytes)).toBe(true);
    expect(taken.longest).toBeLessThanOrEqual(mebi);
    // 40 MiB: of four that are read ahead, and one that is taken.
    expect(taken.buffers.length).toBeLessThanOrEqual(6);
  });

  it('of compressed chunks leaves none of them in memory', async () => {
    const { reader, bytes } = await store([24, 512, 1024], [1, 512, 1024], zlib);
    const taken = await takeAll(reader);
    expect(taken.bytes.equals(bytes)).toBe(true);
    expect(taken.buffers.every((buffer) => buffer.detached)).toBe(true);
  });

  it('of chunks that are put together for it is put together in the same few buffers', async () => {
    const { reader, bytes } = await store([512, 32, 1024], [4, 32, 1024], zlib);
    const taken = await takeAll(reader);
    expect(taken.bytes.equals(bytes)).toBe(true);
    expect(taken.buffers.length).toBeLessThanOrEqual(6);
  });

  it('that shares its chunks with others gives none of their memory away', async () => {
    const { reader, bytes } = await store([4, 1024, 1024], [4, 1024, 1024], zlib);
    const part = async (start: number, stop: number) => {
      const taken: Buffer[] = [];
      for await (const piece of reader.readArray(ticketFor('it'), { selection: [{ kind: 'slice', start, stop }], mediaType: 'application/octet-stream' })) {
        taken.push(Buffer.from(piece));
        releasePiece(piece);
      }
      return Buffer.concat(taken);
    };
    const plane = 2 * mebi;
    for (const [start, stop] of [[0, 1], [1, 3], [0, 1], [2, 4]] as const) expect((await part(start, stop)).equals(bytes.subarray(start * plane, stop * plane))).toBe(true);
    const both = await Promise.all([part(0, 2), part(0, 3), takeAll(reader).then((taken) => taken.bytes)]);
    expect(both.map((each, index) => each.equals(bytes.subarray(0, [2, 3, 4][index]! * plane)))).toEqual([true, true, true]);
  });
});
