import fc from 'fast-check';
import { loadService } from '../protos.ts';
import { deserializeChunkPiece, deserializePiece, serializeChunkPiece, serializePiece, splitPieces } from './piece.wire.ts';

const generic = loadService('reader');
const bytes = fc.uint8Array({ maxLength: 400 });

/** As grpc-js puts a message into its frame. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(message.byteLength + 5, 0xee);
  message.copy(frame, 5);
  return frame.subarray(5);
}

describe('hand-made messages', () => {
  it('are what the definitions say: a generic decoder reads them', () => {
    fc.assert(fc.property(bytes, fc.nat(), (data, totalByteLength) => {
      const piece = generic['ReadArray']!.responseDeserialize(framed(serializePiece(data))) as { data?: Buffer };
      expect(Buffer.compare(piece.data ?? Buffer.alloc(0), data)).toBe(0);
      const chunk = generic['ReadLargeChunk']!.responseDeserialize(framed(serializeChunkPiece({ data, totalByteLength }))) as { data?: Buffer; totalByteLength?: number };
      expect(Buffer.compare(chunk.data ?? Buffer.alloc(0), data)).toBe(0);
      expect(chunk.totalByteLength ?? 0).toBe(totalByteLength);
    }));
    const part = { data: Uint8Array.of(1, 2), version: 'v', chunkByteLength: 2 ** 40 };
    expect(generic['ReadChunk']!.responseDeserialize(framed(serializeChunkPiece(part)))).toMatchObject({ version: 'v', chunkByteLength: 2 ** 40 });
    expect(deserializeChunkPiece(framed(serializeChunkPiece(part)))).toEqual(part);
    expect(generic['ReadChunk']!.responseDeserialize(framed(serializeChunkPiece({ data: undefined })))).toMatchObject({ absent: true });
    expect(generic['ReadChunk']!.responseDeserialize(framed(serializeChunkPiece({ oversize: true })))).toMatchObject({ oversize: true });
  });

  it('read what a generic encoder writes', () => {
    fc.assert(fc.property(bytes, fc.nat(), (data, totalByteLength) => {
      expect(deserializePiece(generic['ReadArray']!.responseSerialize({ data }))).toEqual(data);
      expect(deserializeChunkPiece(generic['ReadLargeChunk']!.responseSerialize({ data, totalByteLength }))).toEqual({ data, totalByteLength });
    }));
    expect(deserializeChunkPiece(generic['ReadChunk']!.responseSerialize({ absent: true })).data).toBeUndefined();
    expect(deserializeChunkPiece(generic['ReadChunk']!.responseSerialize({ oversize: true })).oversize).toBe(true);
  });

  it('tell an empty chunk from one that was never written', () => {
    expect(deserializeChunkPiece(framed(serializeChunkPiece({ data: new Uint8Array(0) }))).data).toEqual(new Uint8Array(0));
    expect(deserializeChunkPiece(framed(serializeChunkPiece({ data: undefined }))).data).toBeUndefined();
  });

  it('give bytes whose slice is a copy', () => {
    const data = deserializePiece(framed(serializePiece(Uint8Array.of(1, 2, 3))));
    data.slice()[0] = 9;
    expect(data[0]).toBe(1);
  });

  it('are refused when cut short, and never read beyond their end', () => {
    const whole = framed(serializeChunkPiece({ data: new Uint8Array(300).fill(7), totalByteLength: 300 }));
    for (const cut of [1, 2, 100, 302]) expect(() => deserializeChunkPiece(whole.subarray(0, cut))).toThrow(RangeError);
  });
});

describe('splitPieces', () => {
  it('keeps the bytes and bounds the pieces', async () => {
    await fc.assert(fc.asyncProperty(fc.array(bytes, { maxLength: 6 }), fc.integer({ min: 1, max: 64 }), async (pieces, most) => {
      const got: Uint8Array[] = [];
      for await (const piece of splitPieces((async function* () { yield* pieces; })(), most)) got.push(piece);
      expect(Buffer.compare(Buffer.concat(got), Buffer.concat(pieces))).toBe(0);
      expect(got.every((piece) => piece.byteLength > 0 && piece.byteLength <= most)).toBe(true);
    }));
  });
});
