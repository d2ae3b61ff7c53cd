import { isMarkedAsUntransferable, type MessagePort } from 'node:worker_threads';
import { ownPiece, releasePiece, toTesseraError, type CodecLoaders } from '@tessera/domain';
import { createPipeline, type Pipeline } from '../pipeline.ts';
import type { CodecJob, FaultMessage, JobAnswer, JobMessage, ThreadFault } from './codec-job.ts';

/** Chunks of one array come one after the other, and mostly in one shape. */
const maxPipelineCount = 64;

/** The work of a codec thread: decodes and encodes the chunks that come in at `port`. `loadersOf` is given what tells the pool of a fault. */
export function serveCodecJobs(port: MessagePort, loadersOf: (tell: (fault: ThreadFault) => void) => CodecLoaders): void {
  const pipelines = new Pipelines(loadersOf((fault) => port.postMessage({ fault } satisfies FaultMessage)));
  port.on('message', (message: JobMessage) => void answer(port, pipelines, message));
}

async function answer(port: MessagePort, pipelines: Pipelines, { id, job }: JobMessage): Promise<void> {
  try {
    const pipeline = await pipelines.get(job);
    const bytes = await (job.kind === 'encode' ? pipeline.encode(job.bytes) : pipeline.decode(job.bytes, { codecMask: job.codecMask ?? 0 }));
    // A view of something larger would take all of that along; memory of native libraries cannot be given away.
    const isOwn = bytes.byteLength === bytes.buffer.byteLength && !isMarkedAsUntransferable(bytes.buffer);
    const own = isOwn ? bytes : new Uint8Array(bytes);
    // Threads have heaps of their own, each with a collector that waits until much has come together.
    if (!isOwn) releasePiece(bytes);
    if (own.buffer !== job.bytes.buffer) releasePiece(ownPiece(job.bytes));
    port.postMessage({ id, bytes: own } satisfies JobAnswer, [own.buffer as ArrayBuffer]);
  } catch (thrown) {
    const { code, message, details } = toTesseraError(thrown);
    port.postMessage({ id, error: { code, message, details } } satisfies JobAnswer);
  }
}

class Pipelines {
  readonly #loaders: CodecLoaders;
  readonly #pipelines = new Map<string, Promise<Pipeline>>();

  constructor(loaders: CodecLoaders) {
    this.#loaders = loaders;
  }

  get({ codecs, shape, dataType, fillValue }: CodecJob): Promise<Pipeline> {
    const key = JSON.stringify([codecs, shape, dataType, fillValue ? [...fillValue] : null]);
    const known = this.#pipelines.get(key);
    if (known) return known;
    if (this.#pipelines.size >= maxPipelineCount) this.#pipelines.clear();
    const pipeline = createPipeline(codecs, { shape, dataType, codecs: this.#loaders, ...(fillValue ? { fillValue } : {}) });
    this.#pipelines.set(key, pipeline);
    // What could not be loaded may be there the next time.
    pipeline.catch(() => this.#pipelines.delete(key));
    return pipeline;
  }
}
