// What tifffile read from the fixtures equals what manifest, byte ranges and codecs give.
import { readFileSync } from 'node:fs';
import { decodeManifest, encodeManifest, formatDescr, type ArrayManifest } from '@tessera/domain';
import { formats } from '@tessera/formats';
import { fixtureStore as store, fixtureUri } from '../tables/fixture-store.ts';
import { readWhole } from './read-whole.ts';

interface ExpectedImage {
  readonly dtype: string;
  readonly shape: number[];
  readonly axes: string;
  readonly base64: string;
}

const expected = JSON.parse(readFileSync(new URL('../../fixtures/tiff/expected.json', import.meta.url), 'utf8')) as Record<string, ExpectedImage>;

/** Little-endian: the expectations are. */
function inLittleEndian(bytes: Uint8Array, descr: string): Uint8Array {
  const size = Number(descr.slice(2));
  const wordByteLength = descr[1] === 'c' ? size / 2 : size;
  const result = new Uint8Array(bytes);
  if (descr.startsWith('>')) for (let at = 0; at < result.byteLength; at += wordByteLength) result.subarray(at, at + wordByteLength).reverse();
  return result;
}

describe.each(Object.keys(expected))('%s', (file) => {
  it('has the values that tifffile reads', async () => {
    const tiff = await formats.get('tiff')!();
    const [node, ...others] = await Array.fromAsync(tiff.index((await store.stat(fixtureUri(`tiff/${file}`)))!, store, {}));
    expect(others).toEqual([]);
    // As the reader gets it: stored and read back.
    const manifest = decodeManifest(encodeManifest(node!.manifest!)) as ArrayManifest;
    const descr = formatDescr(manifest.dataType) as string;
    const bytes = inLittleEndian(await readWhole(manifest), descr);
    expect({ dtype: descr.replace('>', '<'), shape: manifest.grid.shape, base64: Buffer.from(bytes).toString('base64') })
      .toEqual({ dtype: expected[file]!.dtype, shape: expected[file]!.shape, base64: expected[file]!.base64 });
  });
});
