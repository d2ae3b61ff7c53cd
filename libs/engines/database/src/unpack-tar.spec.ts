import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackTar } from './unpack-tar.ts';

/** One entry of an archive: a header, and the content in whole blocks. */
function entry(name: string, content: string | undefined): Uint8Array {
  const bytes = new Uint8Array(512 + Math.ceil((content?.length ?? 0) / 512) * 512);
  const put = (text: string, byteOffset: number) => bytes.set(new TextEncoder().encode(text), byteOffset);
  put(name, 0);
  put((content?.length ?? 0).toString(8).padStart(11, '0'), 124);
  put(content === undefined ? '5' : '0', 156);
  put(content ?? '', 512);
  return bytes;
}
const archive = (...entries: Uint8Array[]) => new Uint8Array(Buffer.concat([...entries, new Uint8Array(1024)]));

describe('unpackTar', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'tessera-tar-')); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes folders and files, the empty and the long', async () => {
    const long = 'x'.repeat(1500);
    await unpackTar(archive(entry('./a', undefined), entry('/a/long', long), entry('b/empty', ''), entry('last', 'end')), folder);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['a', 'a/long', 'b', 'b/empty', 'last']);
    expect(await readFile(join(folder, 'a/long'), 'utf8')).toBe(long);
    expect(await readFile(join(folder, 'last'), 'utf8')).toBe('end');
  });

  it('stays in its folder', async () => {
    await expect(unpackTar(archive(entry('../out', 'x')), folder)).rejects.toThrow('leads out');
  });
});
