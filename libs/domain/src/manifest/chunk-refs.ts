import type { MosaicRefs } from './mosaic-refs.ts';
import type { Source } from './indexed-source.ts';

/**
 * Where the chunks of an array lie, in four closed forms, one for bytes that
 * are small enough to live in the manifest itself, and one for arrays without chunks of their own.
 * - template: an object a chunk, its key made of the chunk index (zarr);
 * - affine: runs at equal strides in one object (npy, contiguous HDF5, netCDF's records);
 * - table: an entry a chunk, indexed by chunk ordinal (chunked HDF5, TIFF);
 * - series: files whose names differ in a running number, stacked along the first axis;
 * - mosaic: parts of other arrays, wherever their chunks end (virtual HDF5).
 */
export type ChunkRefs = TemplateRefs | AffineRefs | TableRefs | SeriesRefs | InlineRefs | MosaicRefs;

export interface TemplateRefs {
  readonly form: 'template';
  /** URI of the array's folder, without a trailing slash. */
  readonly prefix: string;
  /** `c/` for zarr v3's default encoding, empty for v2's. */
  readonly keyPrefix: string;
  readonly separator: '/' | '.';
  /** What every key ends with; absent = nothing. */
  readonly keySuffix?: string;
  /** Key of the only chunk of a 0-d array (`0` in v2, `c` in v3's default encoding), without suffix. */
  readonly scalarKey: string;
}

export interface AffineRefs {
  readonly form: 'affine';
  readonly uri: string;
  /** Of chunk ordinal 0, in bytes from the start of the object. */
  readonly byteOffset: number;
  /** Bytes of chunk ordinal 0, and of every chunk that is not cut at an edge; the next one begins where one ends. */
  readonly byteStride: number;
  /** Bytes of every chunk, where those of other arrays lie between one and the next; absent = `byteStride`. Of 'padded' edges only. */
  readonly chunkByteLength?: number;
  /** Total bytes from the first chunk on: the last chunk ends here. */
  readonly byteLength: number;
}

export interface TableRefs {
  readonly form: 'table';
  readonly uris: readonly string[];
  /** Index into `uris` by chunk ordinal; absent if there is one URI. */
  readonly uriIndex?: Uint32Array;
  /** By chunk ordinal, in bytes; −1 = never written. */
  readonly byteOffsets: Float64Array;
  readonly byteLengths: Float64Array;
  /**
   * By chunk ordinal: bit i set = the i-th codec of the manifest (in encoding
   * order) was *not* applied to this chunk (HDF5 filter masks).
   */
  readonly codecMasks?: Uint32Array;
}

/** Frames, one a file and one an index of the first axis, which is cut into chunks of 1. */
export interface SeriesRefs {
  readonly form: 'series';
  /** The URI of a frame's file: prefix, running number with zeros up to `width` digits, suffix. */
  readonly prefix: string;
  readonly suffix: string;
  readonly width: number;
  /** By frame: the running number in its name. */
  readonly numbers: Float64Array;
  /** By frame: length and time of its file when it was indexed; NaN = not known. */
  readonly fileByteLengths: Float64Array;
  readonly modifiedAtMs: Float64Array;
  /** By frame, where the store tells one object from another by them. */
  readonly etags?: readonly string[];
  /** By frame: which chunk table it has; from `tableCount` on, which reason why it cannot be read. Absent = the first table for all. */
  readonly tables?: Uint32Array;
  readonly tableCount: number;
  readonly chunksPerFrame: number;
  /** Chunk tables one after the other, each by chunk ordinal within a frame; in bytes; −1 = never written. */
  readonly byteOffsets: Float64Array;
  readonly byteLengths: Float64Array;
  readonly reasons: readonly string[];
}

export interface InlineRefs {
  readonly form: 'inline';
  /** The encoded bytes of the only chunk. */
  readonly bytes: Uint8Array;
}

/** Where one chunk lies. */
export type ChunkRef =
  | {
    readonly kind: 'range'; readonly uri: string; readonly byteOffset: number; readonly byteLength: number; readonly codecMask?: number;
    /** The file as it was indexed, if it is not among the sources of the manifest: to be looked at when it is read. */
    readonly source?: Source;
    /** Why there is nothing to read, while the file is as it was indexed. */
    readonly problem?: string;
  }
  | { readonly kind: 'object'; readonly uri: string }
  | { readonly kind: 'inline'; readonly bytes: Uint8Array };
