import { codecLoader, codecNames, codecs as builtInCodecs, createPipeline, loadCodec, type CodecPool, type Pipeline, type PipelineContext } from '@tessera/codecs';
import type { CodecSpec } from '@tessera/domain';

/** Chunks of fewer decoded bytes take about as long to decode as to be handed to another thread and back. */
const pooledByteLength = 256 * 1024;

/** Codecs that cost next to nothing, or whose work is done by other threads anyway where it is much. */
const unpooled = new Set(['bytes', 'gzip', 'zlib', 'zstd']);

/**
 * A pipeline whose work is done by the pool where it is much, so that it does not stand in the way of other requests: on larger
 * chunks, and on all chunks in codecs of plug-ins, of which nobody knows how long they take. Codecs that are bound to the main thread
 * work in this one.
 */
export async function openPipeline(specs: readonly CodecSpec[], context: PipelineContext, pool: CodecPool | undefined): Promise<Pipeline> {
  const pipeline = await createPipeline(specs, context);
  if (!pool) return pipeline;
  const names = codecNames(specs);
  const isBuiltInAlone = names.every((name) => isBuiltIn(name, context));
  if (isBuiltInAlone && pipeline.byteLength < pooledByteLength) return pipeline;
  const all = await Promise.all(names.map((name) => loadCodec(name, context.codecs)));
  if (all.some((codec) => codec.isMainThreadOnly)) return pipeline;
  const { shape, dataType, fillValue } = context;
  const recipe = { codecs: specs, shape, dataType, ...(fillValue ? { fillValue } : {}) };
  const decodesHere = isBuiltInAlone && specs.every(({ name }) => unpooled.has(name));
  return {
    ...pipeline,
    decode: (bytes, options = {}) => (decodesHere ? pipeline.decode(bytes, options) : pool.run({ kind: 'decode', ...recipe, bytes, ...(options.codecMask ? { codecMask: options.codecMask } : {}) }, options.call)),
    encode: (bytes, call) => (isBuiltInAlone && specs.every(({ name }) => name === 'bytes') ? pipeline.encode(bytes, call) : pool.run({ kind: 'encode', ...recipe, bytes }, call)),
  };
}

function isBuiltIn(name: string, { codecs }: PipelineContext): boolean {
  return !codecs || codecLoader(name, codecs) === codecLoader(name, builtInCodecs);
}
