// The thread in which Parquet is written: encoding and compression take long, and the WebAssembly that does it panics
// where nobody can catch it. Here that ends the thread and not the process.
import type * as workerThreads from 'node:worker_threads';
import type { FromParquetWriter, ToParquetWriter } from './parquet-write-messages.ts';

interface WasmTable {
  recordBatches(): object[];
  free(): void;
}

interface WasmProperties {
  setCompression(compression: number): WasmProperties;
  setMaxRowGroupSize(rowCount: number): WasmProperties;
  setMaxRowGroupBytes(byteLength: number): WasmProperties;
  build(): object;
}

interface ParquetModule {
  Table: { fromIPCStream(bytes: Uint8Array): WasmTable };
  Compression: { ZSTD: number };
  WriterPropertiesBuilder: new () => WasmProperties;
  writeParquet(table: WasmTable, properties: object): Uint8Array<ArrayBuffer>;
  transformParquetStream(batches: ReadableStream<object>, properties: object): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  wasmMemory(): { buffer: ArrayBuffer };
}

/**
 * Runs in the worker, from its source text, so that it is found wherever the program was bundled to:
 * it can use nothing but its argument.
 */
export function parquetWriteWorker(require: (name: string) => unknown): void {
  const { parentPort, workerData } = require('node:worker_threads') as typeof workerThreads;
  const { Table, Compression, WriterPropertiesBuilder, writeParquet, transformParquetStream, wasmMemory } = require((workerData as { modulePath: string }).modulePath) as ParquetModule;
  const port = parentPort!;
  const send = (message: FromParquetWriter, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

  interface Job {
    /** Takes the batch that was asked for; undefined = there is none left. */
    feed?: (bytes: Uint8Array | undefined) => void;
    more?: () => void;
    isClosed: boolean;
    /** Why a batch was not taken; the writer says only that there was none. */
    failure?: unknown;
  }
  const jobs = new Map<number, Job>();

  /** The batches of a job, each asked for when the writer wants it. */
  function batchesOf(id: number, job: Job): ReadableStream<object> {
    const pull = (controller: ReadableStreamDefaultController<object>) => new Promise<void>((resolve, reject) => {
      job.feed = (bytes) => {
        delete job.feed;
        if (!bytes) {
          controller.close();
          return resolve();
        }
        try {
          const table = Table.fromIPCStream(bytes);
          const batches = table.recordBatches();
          table.free();
          // The writer would wait for ever.
          if (batches.length === 0) throw new Error('a batch came out without rows');
          for (const batch of batches) controller.enqueue(batch);
          resolve();
        } catch (error) {
          job.failure = error;
          reject(error as Error);
        }
      };
      if (job.isClosed) job.feed(undefined);
      else send({ kind: 'wanted', job: id });
    });
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  }

  function writeEmpty({ job: id, bytes }: Extract<ToParquetWriter, { kind: 'empty' }>): void {
    const written = writeParquet(Table.fromIPCStream(bytes), new WriterPropertiesBuilder().build());
    send({ kind: 'piece', job: id, bytes: written });
    send({ kind: 'end', job: id, memoryByteLength: wasmMemory().buffer.byteLength });
  }

  async function write({ job: id, rowGroupRowCount, rowGroupByteLength }: Extract<ToParquetWriter, { kind: 'open' }>): Promise<void> {
    const job: Job = { isClosed: false };
    jobs.set(id, job);
    const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).setMaxRowGroupSize(rowGroupRowCount).setMaxRowGroupBytes(rowGroupByteLength).build();
    const reader = (await transformParquetStream(batchesOf(id, job), properties)).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (job.isClosed) continue;
      const bytes = value.slice();
      await new Promise<void>((resolve) => {
        job.more = resolve;
        send({ kind: 'piece', job: id, bytes }, [bytes.buffer]);
      });
    }
    send({ kind: 'end', job: id, memoryByteLength: wasmMemory().buffer.byteLength });
  }

  async function start(message: Extract<ToParquetWriter, { kind: 'open' | 'empty' }>): Promise<void> {
    try {
      if (message.kind === 'open') await write(message);
      else writeEmpty(message);
    } catch (error) {
      // A panic leaves the writer in an unknown state; let it end the thread like the uncatchable ones.
      if ((error as Error | undefined)?.name === 'RuntimeError') throw error;
      const reason = jobs.get(message.job)?.failure ?? error;
      send({ kind: 'failed', job: message.job, message: String((reason as Error | undefined)?.message ?? reason) });
    } finally {
      jobs.delete(message.job);
    }
  }

  port.on('message', (message: ToParquetWriter) => {
    if (message.kind === 'open' || message.kind === 'empty') {
      void start(message);
      return;
    }
    const job = jobs.get(message.job);
    if (!job) return;
    if (message.kind === 'batch') job.feed?.(message.bytes);
    else if (message.kind === 'finish') job.feed?.(undefined);
    else if (message.kind === 'more') job.more?.();
    else {
      // What was begun is ended as if no rows were left, and not sent.
      job.isClosed = true;
      job.feed?.(undefined);
      job.more?.();
    }
  });
}
