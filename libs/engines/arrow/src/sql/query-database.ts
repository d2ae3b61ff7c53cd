// Queries on database files, in processes of their own that are kept for a while.
import { TesseraError, type Call } from '@tessera/domain';
import { makeData, type Data, type RecordBatch, type Schema } from 'apache-arrow';
import { batchOf } from '../batch/make-batch.ts';
import { checkNotCancelled } from '../source/read-range.ts';
import { packedKindOf } from './packed-kind.ts';
import type { PackedColumn, SqlQuery } from './sql-messages.ts';
import { SqlProcess } from './sql-process.ts';

const maxProcessCount = 4;
const idleMs = 30_000;
const maxBatchRowCount = 32_768;
const batchCellCount = 2 ** 20;
const batchByteLength = 4 * 2 ** 20;

interface IdleProcess {
  readonly process: SqlProcess;
  readonly timer: NodeJS.Timeout;
}

const idle: IdleProcess[] = [];
const queue: (() => void)[] = [];
let runningCount = 0;

async function acquire(): Promise<SqlProcess> {
  if (runningCount >= maxProcessCount) await new Promise<void>((resolve) => queue.push(resolve));
  else runningCount++;
  for (let found = idle.pop(); found; found = idle.pop()) {
    clearTimeout(found.timer);
    if (!found.process.isDead) return found.process;
  }
  return new SqlProcess();
}

function release(process: SqlProcess): void {
  if (!process.isDead) {
    const timer = setTimeout(() => {
      idle.splice(idle.findIndex((each) => each.process === process), 1);
      process.kill();
    }, idleMs);
    timer.unref();
    idle.push({ process, timer });
  }
  const next = queue.shift();
  if (next) next();
  else runningCount--;
}

/** Ends processes that idle: for tests. */
export function closeSqlProcesses(): void {
  for (const { process, timer } of idle.splice(0)) {
    clearTimeout(timer);
    process.kill();
  }
}

/**
 * The rows of a query in batches of bounded size; its columns must be those of the schema, in a form of its types.
 * @throws TesseraError gone if it fails, unavailable if nothing comes for too long, cancelled.
 */
export async function* queryDatabase(query: Pick<SqlQuery, 'engine' | 'path' | 'isImmutable' | 'sql' | 'parameters'>, schema: Schema, call?: Call): AsyncGenerator<RecordBatch> {
  const batchRowCount = Math.min(maxBatchRowCount, Math.max(64, Math.floor(batchCellCount / Math.max(schema.fields.length, 1))));
  const process = await acquire();
  let isClean = false;
  try {
    checkNotCancelled(call);
    await process.open({ ...query, kinds: schema.fields.map((field) => packedKindOf(field.type)), batchRowCount, batchByteLength });
    for (let isLast = false; !isLast; ) {
      checkNotCancelled(call);
      const batch = await process.next();
      ({ isLast } = batch);
      if (batch.rowCount > 0) yield toBatch(schema, batch.columns, batch.rowCount);
    }
    await process.close();
    isClean = true;
  } finally {
    // Whoever went away in the middle leaves a process that is done with its query, or is none.
    if (!isClean) await process.close().catch(() => process.kill());
    release(process);
  }
}

/** Name and declared type of each column of a query, as far as the engine knows it. @throws as `queryDatabase`. */
export async function describeQuery(query: Pick<SqlQuery, 'engine' | 'path' | 'isImmutable' | 'sql'>): Promise<readonly (readonly [string, string])[]> {
  const process = await acquire();
  try {
    const { columns } = await process.open({ ...query, parameters: [], kinds: [], batchRowCount: 1, batchByteLength });
    return columns;
  } finally {
    await process.close().catch(() => process.kill());
    release(process);
  }
}

function toBatch(schema: Schema, columns: readonly PackedColumn[], rowCount: number): RecordBatch {
  if (columns.length !== schema.fields.length) throw new TesseraError('stale', 'The database has changed since it was indexed.');
  return batchOf(schema, columns.map((column, i) => toData(schema.fields[i]!.type, column, rowCount)), rowCount);
}

function toData(type: Schema['fields'][number]['type'], { validity, values, offsets }: PackedColumn, length: number): Data {
  const nullBitmap = bitsOf(validity);
  const nullCount = validity.reduce((count, isThere) => count + 1 - isThere, 0);
  const common = { type, length, nullCount, ...(nullCount === 0 ? {} : { nullBitmap }) };
  if (offsets) return makeData({ ...common, valueOffsets: offsets, data: values } as never);
  const kind = packedKindOf(type);
  if (kind === 'bool') return makeData({ ...common, data: bitsOf(values as Uint8Array) } as never);
  return makeData({ ...common, data: kind === 'decimal' ? new Uint32Array(values.buffer, values.byteOffset, length * 4) : values } as never);
}

/** One bit a row, of bytes that are 0 or 1. */
function bitsOf(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let row = 0; row < bytes.length; row++) if (bytes[row]) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}
