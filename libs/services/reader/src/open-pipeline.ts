import { codecNames, codecs as builtInCodecs, createPipeline, isSelfContained, type CodecPool, type Pipeline, type PipelineContext } from '@tessera/codecs';
import type { CodecSpec } from '@tessera/domain';

/** Chunks of fewer decoded bytes take about as long to decode as to be handed to another thread and back. */
const pooledByteLength = 256 * 1024;

/** Codecs that cost next to nothing, or whose work is done by other threads anyway where it is much. */
const unpooled = new Set(['bytes', 'gzip', 'zlib', 'zstd']);

/**
 * A pipeline whose work on larger chunks is done by the pool, so that it does not stand in the way of other requests.
 * Codecs of plug-ins, and those which read further bytes of the store, work in this thread.
 */
export async function openPipeline(specs: readonly CodecSpec[], context: PipelineContext, pool: CodecPool | undefined): Promise<Pipeline> {
  const pipeline = await createPipeline(specs, context);
  if (!pool || pipeline.byteLength < pooledByteLength || !isSelfContained(specs) || !codecNames(specs).every((name) => isBuiltIn(name, context))) return pipeline;
  const { shape, dataType, fillValue } = context;
  const recipe = { codecs: specs, shape, dataType, ...(fillValue ? { fillValue } : {}) };
  const decodesHere = specs.every(({ name }) => unpooled.has(name));
  return {
    ...pipeline,
    decode: (bytes, options = {}) => (decodesHere ? pipeline.decode(bytes, options) : pool.run({ kind: 'decode', ...recipe, bytes, ...(options.codecMask ? { codecMask: options.codecMask } : {}) }, options.call)),
    encode: (bytes, call) => (specs.every(({ name }) => name === 'bytes') ? pipeline.encode(bytes, call) : pool.run({ kind: 'encode', ...recipe, bytes }, call)),
  };
}

function isBuiltIn(name: string, { codecs }: PipelineContext): boolean {
  return !codecs || codecs.get(name) === builtInCodecs.get(name);
}
