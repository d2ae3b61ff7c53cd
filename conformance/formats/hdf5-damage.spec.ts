// Chunks with a few bytes changed decode to as many bytes as they should, or are refused: whatever the filter.
import { createPipeline } from '@tessera/codecs';
import { gridShape, isTesseraError, locate, type ArrayManifest } from '@tessera/domain';
import { formats } from '@tessera/formats';
import fc from 'fast-check';
import { fixtureStore as store, fixtureUri } from '../tables/fixture-store.ts';

const changes = fc.record({
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 4 }),
  bytes: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), to: fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255)) }), { minLength: 1, maxLength: 4 }),
  isHead: fc.boolean(),
});

interface Sample {
  readonly manifest: ArrayManifest;
  readonly chunk: Uint8Array;
  readonly mask: number;
}

/** The first chunk of every array of a file. */
async function chunksOf(file: string): Promise<Map<string, Sample>> {
  const hdf5 = await formats.get('hdf5')!();
  const entry = await store.stat(fixtureUri(file));
  const found = new Map<string, Sample>();
  for await (const { path, manifest } of hdf5.index(entry!, store, {})) {
    if (manifest?.kind !== 'array') continue;
    const ref = locate(manifest, gridShape(manifest.grid).map(() => 0));
    if (ref?.kind !== 'range') continue;
    found.set(path.join('/'), { manifest, chunk: (await store.read(ref.uri, ref))!, mask: ref.codecMask ?? 0 });
  }
  return found;
}

describe.each(['szip.h5', 'scale_offset.h5', 'nbit.h5', 'plugins.h5', 'masks.h5'])('damaged chunks of %s', (file) => {
  it('decode to what they should, or are refused', async () => {
    const samples = [...await chunksOf(`hdf5-filters/${file}`)];
    expect(samples.length).toBeGreaterThan(1);
    const outcomes = new Map<string, number>();
    await fc.assert(fc.asyncProperty(fc.constantFrom(...samples), changes, async ([path, { manifest, chunk, mask }], { cut, bytes, isHead }) => {
      const damaged = new Uint8Array(chunk.subarray(0, cut === undefined ? undefined : Math.floor(cut * chunk.byteLength)));
      // Half of them change what comes first: lengths and codes.
      for (const { at, to } of bytes) damaged[Math.floor(at * (isHead ? Math.min(damaged.byteLength, 64) : damaged.byteLength))] = to;
      const pipeline = await createPipeline(manifest.codecs, { shape: manifest.grid.chunks as number[], dataType: manifest.dataType, store });
      let outcome: string;
      try {
        outcome = (await pipeline.decode(damaged, { codecMask: mask })).byteLength === pipeline.byteLength ? 'decoded' : 'too short';
      } catch (error) {
        outcome = isTesseraError(error) ? error.code : String(error);
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect({ path, outcome: ['decoded', 'gone'].includes(outcome) ? 'sound' : outcome }).toEqual({ path, outcome: 'sound' });
    }), { numRuns: 300 });
    expect(outcomes.get('gone')).toBeGreaterThan(0);
  });
});
