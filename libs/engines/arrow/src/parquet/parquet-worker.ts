// The thread in which Parquet is decoded. A damaged file makes the WebAssembly decoder panic in the
// middle of a promise, which nobody can catch: here that ends the thread and not the process.
import type * as workerThreads from 'node:worker_threads';
import type { FromParquetWorker, ParquetRowGroup, ToParquetWorker } from './parquet-messages.ts';

interface WasmBatch {
  intoIPCStream(): Uint8Array;
}

interface WasmFile {
  free(): void;
  schema(): { intoIPCStream(): Uint8Array };
  metadata(): { rowGroups(): { numRows(): number; compressedSize(): number; free(): void }[]; free(): void };
  stream(options: object): Promise<ReadableStream<WasmBatch>>;
}

interface ParquetModule {
  ParquetFile: { fromFile(blob: object): Promise<WasmFile> };
  wasmMemory(): { buffer: ArrayBuffer };
}

/**
 * Runs in the worker, from its source text, so that it is found wherever the program was bundled to:
 * it can use nothing but its argument.
 */
export function parquetWorker(require: (name: string) => unknown): void {
  const { parentPort, workerData } = require('node:worker_threads') as typeof workerThreads;
  const { ParquetFile, wasmMemory } = require((workerData as { modulePath: string }).modulePath) as ParquetModule;
  const port = parentPort!;
  const send = (message: FromParquetWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

  let nextRead = 0;
  const reads = new Map<number, (bytes: Uint8Array | undefined) => void>();
  const streams = new Map<number, { file: WasmFile; reader: ReadableStreamDefaultReader<WasmBatch>; skip: number }>();

  /** What the decoder needs of a Blob: its size, parts of it, and their bytes. */
  function rangeBlob(job: number, start: number, end: number): object {
    const clip = (value: number | undefined, absent: number) => Math.min(Math.max(start + Number(value ?? absent), start), end);
    return {
      size: end - start,
      slice: (from?: number, to?: number) => rangeBlob(job, clip(from, 0), Math.max(clip(from, 0), clip(to, end - start))),
      arrayBuffer: async () => {
        const read = nextRead++;
        const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
          reads.set(read, resolve);
          send({ kind: 'read', job, read, byteOffset: start, byteLength: end - start });
        });
        if (!bytes) throw new Error('The bytes cannot be read.');
        return bytes.buffer;
      },
    };
  }

  async function describe(job: number, byteLength: number): Promise<void> {
    const file = await ParquetFile.fromFile(rangeBlob(job, 0, byteLength));
    const schema = file.schema().intoIPCStream();
    const metadata = file.metadata();
    const rowGroups: ParquetRowGroup[] = metadata.rowGroups().map((group) => {
      const described = { rowCount: group.numRows(), byteLength: group.compressedSize() };
      group.free();
      return described;
    });
    metadata.free();
    file.free();
    send({ kind: 'described', job, schema, rowGroups });
  }

  async function open(job: number, byteLength: number, options: Extract<ToParquetWorker, { kind: 'open' }>['options']): Promise<void> {
    const file = await ParquetFile.fromFile(rangeBlob(job, 0, byteLength));
    const columns = options.columns ? { columns: [...options.columns] } : {};
    const stream = await file.stream({ rowGroups: [...options.rowGroups], batchSize: options.batchRowCount, ...columns });
    streams.set(job, { file, reader: stream.getReader(), skip: options.skipBatchCount });
    await next(job);
  }

  async function next(job: number): Promise<void> {
    const stream = streams.get(job);
    if (!stream) return;
    for (; ; stream.skip--) {
      const { done, value } = await stream.reader.read();
      if (done) return end(job);
      const bytes = value.intoIPCStream();
      if (stream.skip > 0) continue;
      return send({ kind: 'batch', job, bytes }, [bytes.buffer as ArrayBuffer]);
    }
  }

  function end(job: number): void {
    streams.get(job)?.file.free();
    streams.delete(job);
    send({ kind: 'end', job, memoryByteLength: wasmMemory().buffer.byteLength });
  }

  async function handle(message: Exclude<ToParquetWorker, { kind: 'bytes' }>): Promise<void> {
    switch (message.kind) {
      case 'describe':
        return describe(message.job, message.byteLength);
      case 'open':
        return open(message.job, message.byteLength, message.options);
      case 'next':
        return next(message.job);
      case 'close':
        await streams.get(message.job)?.reader.cancel();
        return end(message.job);
    }
  }

  port.on('message', (message: ToParquetWorker) => {
    if (message.kind === 'bytes') {
      reads.get(message.read)?.(message.bytes);
      reads.delete(message.read);
      return;
    }
    handle(message).catch((error: unknown) => {
      // A panic leaves the decoder in an unknown state; let it end the thread like the uncatchable ones.
      if ((error as Error | undefined)?.name === 'RuntimeError') throw error;
      streams.delete(message.job);
      send({ kind: 'failed', job: message.job, message: String((error as Error)?.message ?? error) });
    });
  });
}
