import type { ByteSpan } from './byte-range.ts';
import { randomText } from './random-text.ts';

/** Several parts of a body as one (RFC 9110, section 14.6). */
export interface Multipart {
  readonly mediaType: string;
  readonly byteLength: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Each part is read when it is its turn. */
export function multipartRanges(spans: readonly ByteSpan[], totalByteLength: number, mediaType: string, read: (span: ByteSpan) => Uint8Array | Promise<Uint8Array>): Multipart {
  const boundary = randomText(16, 'hex');
  const heads = spans.map(({ start, end }) => Buffer.from(`\r\n--${boundary}\r\nContent-Type: ${mediaType}\r\nContent-Range: bytes ${start}-${end - 1}/${totalByteLength}\r\n\r\n`));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const pieces = async function* () {
    for (const [index, span] of spans.entries()) {
      yield heads[index]!;
      yield await read(span);
    }
    yield tail;
  };
  const byteLength = spans.reduce((sum, { start, end }, index) => sum + heads[index]!.byteLength + end - start, tail.byteLength);
  return { mediaType: `multipart/byteranges; boundary=${boundary}`, byteLength, pieces: pieces() };
}
