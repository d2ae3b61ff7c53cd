import fc from 'fast-check';
import { encodeFrame, FrameParser, headerByteLength, type Frame } from './frame.ts';

const frame = fc.record({ kind: fc.nat(255), flags: fc.nat(255), callId: fc.nat(2 ** 32 - 1), payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) });

describe('frames', () => {
  it('arrive as they were sent, however the bytes are cut up', () => {
    fc.assert(fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(({ kind, flags, callId, payload }) => encodeFrame(kind, flags, callId, payload)));
      const got: Frame[] = [];
      const parser = new FrameParser(300, (each) => got.push(each));
      // One buffer for all that arrives, as of a socket.
      const shared = Buffer.alloc(400);
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const count = bytes.copy(shared, 0, at, at + cuts[turn % cuts.length]!);
        parser.feed(shared.subarray(0, count));
        at += count;
      }
      expect(got).toEqual(frames);
    }));
  });

  it('that are longer than allowed are refused before memory is taken', () => {
    const parser = new FrameParser(1000, () => undefined);
    const header = Buffer.alloc(headerByteLength);
    header.writeUInt32LE(1001);
    expect(() => parser.feed(header)).toThrow(RangeError);
  });
});
