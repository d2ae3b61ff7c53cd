// The program of a worker thread: decodes and encodes chunks, one after the other.
import { isMarkedAsUntransferable, parentPort } from 'node:worker_threads';
import { toTesseraError } from '@tessera/domain';
import { createPipeline, type Pipeline } from '../pipeline.ts';
import type { CodecJob, JobAnswer, JobMessage } from './codec-job.ts';

/** Chunks of one array come one after the other, and mostly in one shape. */
const maxPipelineCount = 64;
const pipelines = new Map<string, Promise<Pipeline>>();

function pipelineFor({ codecs, shape, dataType, fillValue }: CodecJob): Promise<Pipeline> {
  const key = JSON.stringify([codecs, shape, dataType, fillValue ? [...fillValue] : null]);
  let pipeline = pipelines.get(key);
  if (!pipeline) {
    if (pipelines.size >= maxPipelineCount) pipelines.clear();
    pipelines.set(key, (pipeline = createPipeline(codecs, { shape, dataType, ...(fillValue ? { fillValue } : {}) })));
  }
  return pipeline;
}

async function run(job: CodecJob): Promise<Uint8Array> {
  const pipeline = await pipelineFor(job);
  return job.kind === 'encode' ? pipeline.encode(job.bytes) : pipeline.decode(job.bytes, { codecMask: job.codecMask ?? 0 });
}

async function answer({ id, job }: JobMessage): Promise<void> {
  try {
    const bytes = await run(job);
    // A view of something larger would take all of that along; memory of native libraries cannot be given away.
    const isOwn = bytes.byteLength === bytes.buffer.byteLength && !isMarkedAsUntransferable(bytes.buffer);
    const own = isOwn ? bytes : new Uint8Array(bytes);
    parentPort!.postMessage({ id, bytes: own } satisfies JobAnswer, [own.buffer as ArrayBuffer]);
  } catch (thrown) {
    const { code, message, details } = toTesseraError(thrown);
    parentPort!.postMessage({ id, error: { code, message, details } } satisfies JobAnswer);
  }
}

parentPort!.on('message', (message: JobMessage) => void answer(message));
