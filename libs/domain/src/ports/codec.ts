import type { DataType } from '../structure/data-type.ts';
import type { ByteStore } from './byte-store.ts';
import type { Call } from './call.ts';

/** What a codec may know of the chunk it works on. */
export interface CodecContext {
  /** Of the array that enters the codec, in encoding direction. */
  readonly shape: readonly number[];
  readonly dataType: DataType;
  /** Exact bytes that enter the codec when encoding, or the most there can be if an earlier codec compresses. */
  readonly maxByteLength: number;
  /** Bytes of one element, for codecs which leave unwritten parts out; absent = zeros. */
  readonly fillValue?: Uint8Array;
  /** For codecs whose bytes refer to other bytes. */
  readonly store?: ByteStore;
  /** For codecs that are made of others: every codec there is, plug-ins included; absent = the built-in ones. */
  readonly codecs?: CodecLoaders;
}

export interface ResolvedCodec {
  /**
   * @throws TesseraError gone if the bytes are damaged or would decode to more than `maxByteLength`.
   * May return its input, or a view of it; never changes it.
   */
  decode(bytes: Uint8Array, call?: Call): Uint8Array | Promise<Uint8Array>;
  /** Absent if the codec is for reading only. */
  encode?(bytes: Uint8Array, call?: Call): Uint8Array | Promise<Uint8Array>;
  /** Shape and type after encoding, if they change (array→array codecs). */
  readonly encodedShape?: readonly number[];
  readonly encodedDataType?: DataType;
  /** Most bytes that can come out when encoding. */
  readonly maxEncodedByteLength: number;
}

/** A step between stored bytes and an array's C-order bytes in its declared type and byte order. */
export interface Codec {
  readonly name: string;
  readonly kind: 'array-to-array' | 'array-to-bytes' | 'bytes-to-bytes';
  /** It needs `context.store`, or a native library that threads cannot load: decoded in the server's main thread, where everybody waits meanwhile. */
  readonly isMainThreadOnly?: boolean;
  /** Checks the configuration. @throws TesseraError invalid_argument. */
  resolve(configuration: Readonly<Record<string, unknown>>, context: CodecContext): ResolvedCodec;
}

/** Codecs by the name they have in a manifest; loaded when first used. */
export type CodecLoaders = ReadonlyMap<string, () => Promise<Codec>>;
