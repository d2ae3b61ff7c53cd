import { makeBatch, readIpcStream, writeIpcStream } from '@tessera/arrow';
import fc from 'fast-check';
import { encapsulate, ipcMessages, type IpcMessage } from './ipc-messages.ts';

async function* cut(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.byteLength; i++) {
    const next = at + (lengths[i % lengths.length] ?? bytes.byteLength);
    yield bytes.subarray(at, next);
    at = next;
  }
}

async function streamOf(rowCounts: readonly number[]): Promise<Buffer> {
  const batches = rowCounts.map((rowCount) => makeBatch({ a: Float64Array.from({ length: rowCount }, (_, i) => i), b: Array.from({ length: rowCount }, (_, i) => `x${i}`) }));
  const schema = (batches[0] ?? makeBatch({ a: new Float64Array(0) })).schema;
  return Buffer.concat(await Array.fromAsync(writeIpcStream(schema, (async function* () { yield* batches; })())));
}

/** The stream that the messages are of. */
function joined(messages: readonly IpcMessage[]): Buffer {
  const end = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]);
  return Buffer.concat([...messages.flatMap(({ header, body }) => [encapsulate(header), ...body]), end]);
}

describe('messages of an IPC stream', () => {
  it('are the stream, wherever its pieces were cut', async () => {
    const stream = await streamOf([3, 1000, 1]);
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3000 }).filter((length) => length !== 0), { minLength: 1, maxLength: 5 }), async (lengths) => {
      const messages = await Array.fromAsync(ipcMessages(cut(stream, lengths)));
      expect(messages).toHaveLength(4);
      for (const { body, bodyByteLength } of messages) expect(body.reduce((sum, part) => sum + part.byteLength, 0)).toBe(bodyByteLength);
      expect(joined(messages).equals(stream)).toBe(true);
    }), { numRuns: 30 });
  });

  it('carry bodies as views', async () => {
    const stream = await streamOf([1000]);
    const [, batch] = await Array.fromAsync(ipcMessages(cut(stream, [stream.byteLength])));
    expect(batch!.body[0]!.buffer).toBe(stream.buffer);
    expect((await readIpcStream(stream)).batches[0]!.numRows).toBe(1000);
  });

  it('end where the stream ends, with or without a marker', async () => {
    const stream = await streamOf([2]);
    expect(await Array.fromAsync(ipcMessages(cut(stream.subarray(0, -8), [50])))).toHaveLength(2);
    expect(await Array.fromAsync(ipcMessages(cut(new Uint8Array(0), [1])))).toEqual([]);
  });

  it('let go of the stream when nobody wants more', async () => {
    const stream = await streamOf([2, 2]);
    let isOpen = true;
    const pieces = async function* () {
      try {
        yield* cut(stream, [100]);
      } finally {
        isOpen = false;
      }
    };
    for await (const _ of ipcMessages(pieces())) break;
    expect(isOpen).toBe(false);
  });

  it('that are damaged are an error of ours, not an endless loop', async () => {
    const stream = await streamOf([2]);
    await fc.assert(fc.asyncProperty(fc.nat(stream.byteLength - 1), fc.nat(255), fc.nat(stream.byteLength), async (at, byte, end) => {
      const bytes = Buffer.from(stream);
      bytes[at] = byte;
      await Array.fromAsync(ipcMessages(cut(bytes.subarray(0, end), [64]))).catch((error: unknown) => expect(error).toMatchObject({ code: 'internal' }));
    }), { numRuns: 300 });
  });
});
