import type { CodecPool } from '@tessera/codecs';
import type { ArrayExporter, CodecLoaders } from '@tessera/domain';
import type { ExporterLoaders } from '@tessera/exporters';

/** What a reader decodes and exports with; absent = what is built in. */
export interface ReaderEngines {
  readonly codecs?: CodecLoaders;
  readonly arrayExporters?: ExporterLoaders<ArrayExporter>;
  /** Threads for what is large; absent = all is done in this one. */
  readonly pool?: CodecPool;
}

/** What a reader may use of memory; every field has a default. */
export interface ReaderOptions {
  /** Decoded bytes that one response may carry. */
  readonly responseByteLimit?: number;
  /** Decoded chunks kept for reads that share them. */
  readonly decodedCacheByteLength?: number;
  /** Decoded bytes of all chunks that are fetched and decoded at once, for whomever. A larger chunk is decoded alone. */
  readonly decodingByteLength?: number;
  /** Opened manifests kept, by the size of their tables. */
  readonly manifestCacheByteLength?: number;
  /** About how many bytes are assembled at a time. */
  readonly bandByteLength?: number;
  /** How many bands of a response are read before the first of them is taken, if they are not larger than usual. */
  readonly bandsAhead?: number;
  /** How far a band may grow so that a chunk is decoded for few bands only. */
  readonly maxBandByteLength?: number;
  /** Chunks of one read that are fetched and decoded together, at most. */
  readonly chunkConcurrency?: number;
}

export type ReaderLimits = Required<ReaderOptions>;

const mebi = 2 ** 20;

export const defaultLimits: ReaderLimits = {
  responseByteLimit: 300_000_000,
  decodedCacheByteLength: 64 * mebi,
  decodingByteLength: 512 * mebi,
  manifestCacheByteLength: 64 * mebi,
  bandByteLength: mebi,
  bandsAhead: 4,
  maxBandByteLength: 24 * mebi,
  chunkConcurrency: 8,
};
