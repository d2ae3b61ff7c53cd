// The program of a thread that decodes column chunks of Parquet files.
import { isMainThread, parentPort, type MessagePort } from 'node:worker_threads';
import type { FromColumnThread, PieceRequest, ToColumnThread } from './column-messages.ts';
import { ColumnReader } from './column-reader.ts';

/** Answers what comes in at `port`. */
export function serveColumns(port: MessagePort): void {
  const jobs = new Map<number, readonly ColumnReader[]>();
  const reads = new Map<number, (bytes: Uint8Array | undefined) => void>();
  let nextRead = 0;
  const send = (message: FromColumnThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

  const reader = (job: number) => async (byteOffset: number, byteLength: number): Promise<Uint8Array> => {
    const read = nextRead++;
    const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
      reads.set(read, resolve);
      send({ kind: 'read', job, read, byteOffset, byteLength });
    });
    if (!bytes) throw new Error('The bytes cannot be read.');
    return bytes;
  };

  async function next(id: number, requests: readonly PieceRequest[]): Promise<void> {
    const columns = jobs.get(id);
    if (!columns) return;
    const pieces = await Promise.all(requests.map(({ column, rowCount }) => columns[column]!.take(rowCount)));
    const buffers = pieces.flatMap(({ validity, data, offsets }) => [validity, data, offsets].flatMap((bytes) => (bytes ? [bytes.buffer] : [])));
    if (jobs.has(id)) send({ kind: 'pieces', job: id, pieces }, [...new Set(buffers)]);
  }

  port.on('message', (message: ToColumnThread) => {
    switch (message.kind) {
      case 'open':
        jobs.set(message.job, message.columns.map((plan) => new ColumnReader(plan, reader(message.job))));
        return;
      case 'bytes':
        reads.get(message.read)?.(message.bytes);
        reads.delete(message.read);
        return;
      case 'close':
        jobs.delete(message.job);
        return;
      case 'next':
        next(message.job, message.requests).catch((error: unknown) => {
          if (jobs.delete(message.job)) send({ kind: 'failed', job: message.job, message: String((error as Error)?.message ?? error) });
        });
    }
  });
}

if (!isMainThread && parentPort) serveColumns(parentPort);
