// Parquet files as Arrow, by ranges: the footer once, then only the column chunks that are wanted.
import { TesseraError, type Call } from '@tessera/domain';
import { Binary, Schema as ArrowSchema, Type, Utf8, type DataType, type RecordBatch, type Schema } from 'apache-arrow';
import { mapField } from '../batch/map-field.ts';
import type { ReadRange } from '../ipc/file-layout.ts';
import { readIpcStream } from '../ipc/read-stream.ts';
import { checkNotCancelled } from '../source/read-range.ts';
import type { FromParquetWorker, ParquetReadOptions, ParquetRowGroup } from './parquet-messages.ts';
import { ParquetThread, ThreadDied, type ParquetJob } from './parquet-thread.ts';

export interface ParquetSource {
  readonly byteLength: number;
  readonly read: ReadRange;
}

export interface ParquetDescription {
  readonly schema: Schema;
  readonly rowGroups: readonly ParquetRowGroup[];
}

/** Whether bytes start, or end, like a Parquet file. */
export function isParquetMagic(bytes: Uint8Array): boolean {
  return bytes.byteLength >= 4 && Buffer.from(bytes.buffer, bytes.byteOffset, 4).toString('latin1') === 'PAR1';
}

/** The decoder names views as the writer did, and gives what they are views of. */
function asDecoded(schema: Schema): Schema {
  const plain = (type: DataType) => (type.typeId === Type.Utf8View ? new Utf8() : type.typeId === Type.BinaryView ? new Binary() : type);
  return new ArrowSchema(schema.fields.map((field) => mapField(field, plain)), schema.metadata);
}

/** Schema and row groups, from the footer. @throws TesseraError gone if the file is damaged. */
export async function describeParquet(source: ParquetSource, call?: Call): Promise<ParquetDescription> {
  await checkMagic(source);
  for (const isAlone of [false, true]) {
    const thread = isAlone ? new ParquetThread() : sharedThread();
    const job = thread.startJob(source.read);
    try {
      checkNotCancelled(call);
      job.send({ kind: 'describe', job: job.id, byteLength: source.byteLength });
      const answer = await job.answer();
      if (answer.kind !== 'described') throw damagedParquet(answer);
      return { schema: asDecoded((await readIpcStream(answer.schema)).schema), rowGroups: answer.rowGroups };
    } catch (error) {
      if (!(error instanceof ThreadDied)) throw error;
    } finally {
      job.close();
      if (isAlone) void thread.terminate();
    }
  }
  throw damagedParquet();
}

/**
 * The rows of row groups, in batches of at most `batchRowCount`; dictionaries differ from batch to batch.
 * @throws TesseraError gone if the file is damaged.
 */
export async function* readParquet(source: ParquetSource, options: Omit<ParquetReadOptions, 'skipBatchCount'>, call?: Call): AsyncGenerator<RecordBatch> {
  let deliveredCount = 0;
  // If the shared thread dies, this or another file did it: a thread of its own will tell.
  for (const isAlone of [false, true]) {
    const thread = isAlone ? new ParquetThread() : sharedThread();
    const job = thread.startJob(source.read);
    try {
      job.send({ kind: 'open', job: job.id, byteLength: source.byteLength, options: { ...options, skipBatchCount: deliveredCount } });
      for await (const bytes of batchBytes(job, call)) {
        const { batches } = await readIpcStream(bytes);
        deliveredCount++;
        yield* batches;
      }
      return;
    } catch (error) {
      if (!(error instanceof ThreadDied)) throw error;
      if (isAlone) throw damagedParquet();
    } finally {
      job.close();
      if (isAlone) void thread.terminate();
    }
  }
}

async function* batchBytes(job: ParquetJob, call: Call | undefined): AsyncGenerator<Uint8Array> {
  let isOpen = true;
  try {
    for (;;) {
      const answer = await job.answer();
      isOpen = answer.kind === 'batch';
      if (answer.kind === 'end') return;
      if (answer.kind !== 'batch') throw damagedParquet(answer);
      yield answer.bytes;
      checkNotCancelled(call);
      job.send({ kind: 'next', job: job.id });
    }
  } catch (error) {
    if (error instanceof ThreadDied) isOpen = false;
    throw error;
  } finally {
    if (isOpen) job.send({ kind: 'close', job: job.id });
  }
}

let shared: ParquetThread | undefined;

function sharedThread(): ParquetThread {
  if (!shared || shared.isDead) shared = new ParquetThread();
  return shared;
}

/** Ends the decoder's thread now instead of when it has been idle for a while. */
export async function closeParquet(): Promise<void> {
  await shared?.terminate();
  shared = undefined;
}

async function checkMagic({ byteLength, read }: ParquetSource): Promise<void> {
  if (byteLength < 12) throw new TesseraError('gone', 'The Parquet file is too short to be one.');
  if (!isParquetMagic(await read(0, 4))) throw new TesseraError('gone', 'The file does not start like a Parquet file.');
  const tail = await read(byteLength - 8, 8);
  if (!isParquetMagic(tail.subarray(4))) throw new TesseraError('gone', 'The Parquet file has no end: it was cut off or is still being written.');
  const footerByteLength = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (footerByteLength + 12 > byteLength) throw new TesseraError('gone', 'The Parquet file is damaged: its footer is longer than the file.');
}

function damagedParquet(answer?: FromParquetWorker): TesseraError {
  const reason = answer?.kind === 'failed' ? answer.message.replace(/\s+/g, ' ').slice(0, 200) : 'the decoder gave up';
  return new TesseraError('gone', `The Parquet file cannot be read: ${reason}`);
}
