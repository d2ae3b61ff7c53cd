import {
  TesseraError, elementCount, isTesseraError, passPieceOn, releasePiece,
  type ByteStore, type Call, type Codec, type CodecContext, type CodecLoaders, type CodecSpec, type DataType, type ResolvedCodec,
} from '@tessera/domain';
import { loadCodec } from './load-codec.ts';

/** What a pipeline must know of the chunks it works on. */
export interface PipelineContext {
  /** Shape of the chunk as stored: whole for 'padded' edges, cut for 'clipped' ones. */
  readonly shape: readonly number[];
  readonly dataType: DataType;
  /** Bytes of one element, for codecs which leave unwritten parts out; absent = zeros. */
  readonly fillValue?: Uint8Array;
  /** For codecs whose bytes refer to other bytes. */
  readonly store?: ByteStore;
  /** Every codec there is; absent = the built-in ones. */
  readonly codecs?: CodecLoaders;
}

export interface DecodeOptions {
  /** Bit i set = the i-th codec was not applied to this chunk. */
  readonly codecMask?: number;
  readonly call?: Call;
}

/** The codecs of an array, resolved for one chunk shape. Safe to keep and to use concurrently. */
export interface Pipeline {
  /** Exact bytes of a decoded chunk. */
  readonly byteLength: number;
  /** Most bytes a sound encoded chunk can have: read no more than this. */
  readonly maxEncodedByteLength: number;
  /** Whether every codec can encode. */
  readonly canEncode: boolean;
  /**
   * The chunk's bytes in C order, in the data type and its byte order; synchronous where every codec is.
   * May be a view of `bytes`. @throws TesseraError gone if the chunk is damaged or too large, naming the codec.
   */
  decode(bytes: Uint8Array, options?: DecodeOptions): Uint8Array | Promise<Uint8Array>;
  /** The inverse. @throws TesseraError unsupported if a codec is for reading only. */
  encode(bytes: Uint8Array, call?: Call): Uint8Array | Promise<Uint8Array>;
}

/** No chunk may decode to more: a length found in a file must not exhaust the memory. */
export const chunkByteLimit = 2 ** 31;

interface Step {
  readonly name: string;
  readonly codec: ResolvedCodec;
}

/**
 * Resolves `specs` (encoding order) for chunks of one shape and type.
 * @throws TesseraError unsupported for an unknown codec, invalid_argument for a wrong configuration,
 *   too_large if a chunk is beyond `chunkByteLimit`.
 */
export async function createPipeline(specs: readonly CodecSpec[], context: PipelineContext): Promise<Pipeline> {
  const byteLength = elementCount(context.shape) * context.dataType.itemsize;
  if (!(byteLength <= chunkByteLimit)) {
    throw new TesseraError('too_large', `A chunk of these data has ${byteLength} bytes; at most ${chunkByteLimit} can be decoded.`);
  }
  const loaded = await Promise.all(specs.map((spec) => loadCodec(spec.name, context.codecs)));
  const whole = resolveChain(specs, loaded, context, 0);
  const masked = new Map<number, Chain>();
  const chainOf = (mask: number): Chain => {
    if (mask === 0) return whole;
    const known = masked.get(mask);
    if (known) return known;
    const chain = resolveChain(specs, loaded, context, mask);
    masked.set(mask, chain);
    return chain;
  };
  return {
    byteLength,
    maxEncodedByteLength: whole.maxEncodedByteLength,
    canEncode: whole.steps.every((step) => step.codec.encode !== undefined),
    decode: (bytes, options = {}) => checkLength(decodeFrom(chainOf(options.codecMask ?? 0).steps, bytes, options.call), byteLength),
    encode: (bytes, call) => encodeFrom(whole.steps, 0, bytes, call),
  };
}

/**
 * Undoes bytes→bytes codecs where only a bound is known of what comes out, e.g. to look into
 * strings of variable length. @throws TesseraError as `createPipeline`.
 */
export async function createBytesDecoder(specs: readonly CodecSpec[], maxByteLength: number, codecs?: CodecLoaders): Promise<(bytes: Uint8Array, call?: Call) => Uint8Array | Promise<Uint8Array>> {
  const loaded = await Promise.all(specs.map((spec) => loadCodec(spec.name, codecs)));
  const { steps } = resolveChain(specs, loaded, { shape: [maxByteLength], dataType: { kind: 'u', itemsize: 1, endianness: 'not_applicable' } }, 0);
  return (bytes, call) => decodeFrom(steps, bytes, call);
}

interface Chain {
  readonly steps: readonly Step[];
  readonly maxEncodedByteLength: number;
}

function resolveChain(specs: readonly CodecSpec[], loaded: readonly Codec[], context: PipelineContext, mask: number): Chain {
  let { shape, dataType } = context;
  let maxByteLength = elementCount(shape) * dataType.itemsize;
  const steps: Step[] = [];
  specs.forEach((spec, index) => {
    if (index < 32 && (mask & (1 << index)) !== 0) return;
    const codecContext: CodecContext = {
      shape, dataType, maxByteLength,
      ...(context.store ? { store: context.store } : {}),
      ...(context.fillValue ? { fillValue: context.fillValue } : {}),
      ...(context.codecs ? { codecs: context.codecs } : {}),
    };
    const codec = loaded[index]!.resolve(spec.configuration ?? {}, codecContext);
    steps.push({ name: spec.name, codec });
    shape = codec.encodedShape ?? shape;
    dataType = codec.encodedDataType ?? dataType;
    maxByteLength = codec.maxEncodedByteLength;
  });
  return { steps, maxEncodedByteLength: maxByteLength };
}

/** Runs the steps from the last to the first; leaves the synchronous path only where a codec does. */
function decodeFrom(steps: readonly Step[], bytes: Uint8Array, call: Call | undefined, from = steps.length - 1, input = bytes): Uint8Array | Promise<Uint8Array> {
  let current = bytes;
  for (let index = from; index >= 0; index--) {
    const step = steps[index]!;
    const before = current;
    const decoded = attempt(step, 'decoded', () => step.codec.decode(before, call));
    if (decoded instanceof Promise) return decoded.then((value) => decodeFrom(steps, instead(value, before, input), call, index - 1, input));
    current = instead(decoded, before, input);
  }
  return current;
}

/** What a step made; what it was made of, if that came from another step, has done its work. The input is the caller's. */
function instead(decoded: Uint8Array, before: Uint8Array, input: Uint8Array): Uint8Array {
  if (before === input) return decoded;
  if (decoded.buffer === before.buffer) return passPieceOn(before, decoded);
  releasePiece(before);
  return decoded;
}

function encodeFrom(steps: readonly Step[], from: number, bytes: Uint8Array, call: Call | undefined): Uint8Array | Promise<Uint8Array> {
  let current = bytes;
  for (let index = from; index < steps.length; index++) {
    const step = steps[index]!;
    if (!step.codec.encode) throw new TesseraError('unsupported', `The codec "${step.name}" is for reading only.`, { codec: step.name });
    const encoded = attempt(step, 'encoded', () => step.codec.encode!(current, call));
    if (encoded instanceof Promise) return encoded.then((value) => encodeFrom(steps, index + 1, value, call));
    current = encoded;
  }
  return current;
}

function attempt(step: Step, done: 'decoded' | 'encoded', run: () => Uint8Array | Promise<Uint8Array>): Uint8Array | Promise<Uint8Array> {
  const fail = (error: unknown): never => {
    if (isTesseraError(error)) throw error;
    throw new TesseraError('gone', `A chunk of these data could not be ${done} (${step.name}): it is damaged.`, { codec: step.name }, { cause: error });
  };
  try {
    const result = run();
    return result instanceof Promise ? result.catch(fail) : result;
  } catch (error) {
    return fail(error);
  }
}

function checkLength(decoded: Uint8Array | Promise<Uint8Array>, byteLength: number): Uint8Array | Promise<Uint8Array> {
  if (decoded instanceof Promise) return decoded.then((bytes) => checkLength(bytes, byteLength));
  if (decoded.byteLength === byteLength) return decoded;
  throw new TesseraError('gone', `A chunk of these data is damaged: it decodes to ${decoded.byteLength} bytes instead of ${byteLength}.`);
}
