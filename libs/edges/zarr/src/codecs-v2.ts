import type { CodecSpec } from '@tessera/domain';

/** A codec as `.zarray` names it: the identifiers and parameters of numcodecs. */
export type NumcodecsConfig = { readonly id: string } & Readonly<Record<string, unknown>>;

/** How a pipeline is written in `.zarray` (Zarr v2 specification, "Metadata"). */
export interface CodecsV2 {
  readonly order: 'C' | 'F';
  readonly filters: readonly NumcodecsConfig[] | null;
  readonly compressor: NumcodecsConfig | null;
}

const bloscShuffles: Readonly<Record<string, number>> = { noshuffle: 0, shuffle: 1, bitshuffle: 2 };

const bytesToBytes: Readonly<Record<string, (configuration: Readonly<Record<string, unknown>>) => NumcodecsConfig | undefined>> = {
  gzip: ({ level }) => ({ id: 'gzip', level: level ?? 5 }),
  zlib: ({ level }) => ({ id: 'zlib', level: level ?? 5 }),
  zstd: ({ level }) => ({ id: 'zstd', level: level ?? 0 }),
  lz4: () => ({ id: 'lz4', acceleration: 1 }),
  shuffle: ({ elementsize }) => ({ id: 'shuffle', elementsize }),
  fletcher32: () => ({ id: 'fletcher32' }),
  blosc: ({ cname, clevel, shuffle, blocksize }) => {
    const number = typeof shuffle === 'number' ? shuffle : bloscShuffles[String(shuffle)];
    return number === undefined ? undefined : { id: 'blosc', cname, clevel, shuffle: number, blocksize: blocksize ?? 0 };
  },
};

/** The v2 form of a stored pipeline, or undefined if v2 has no name for a part of it. */
export function codecsV2(codecs: readonly CodecSpec[], rank: number, endianness: string): CodecsV2 | undefined {
  let order: 'C' | 'F' = 'C';
  const steps: NumcodecsConfig[] = [];
  for (const { name, configuration = {} } of codecs) {
    if (name === 'transpose') {
      if (!reversesAxes(configuration['order'], rank)) return undefined;
      order = 'F';
    } else if (name === 'bytes') {
      const endian = configuration['endian'];
      if (endian !== undefined && endianness !== 'not_applicable' && endian !== endianness) return undefined;
    } else {
      const step = bytesToBytes[name]?.(configuration);
      if (!step) return undefined;
      steps.push(step);
    }
  }
  // numcodecs' shuffle and checksums are filters; whatever comes last may stand as the compressor.
  const last = steps.at(-1);
  const compressor = last && !['shuffle'].includes(last.id) ? last : null;
  const filters = compressor ? steps.slice(0, -1) : steps;
  return { order, filters: filters.length > 0 ? filters : null, compressor };
}

function reversesAxes(order: unknown, rank: number): boolean {
  if (order === 'F') return true;
  return Array.isArray(order) && order.length === rank && order.every((axis, index) => axis === rank - 1 - index);
}
