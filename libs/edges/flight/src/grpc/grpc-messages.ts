// Messages of gRPC (doc/PROTOCOL-HTTP2.md of grpc/grpc): a byte that says whether it is compressed, four of length, the message.
import { TesseraError } from '@tessera/domain';

export const prefixByteLength = 5;
/** A request is a descriptor, a ticket or an action. */
export const mostRequestByteLength = 16 * 2 ** 20;

export function messagePrefix(byteLength: number): Buffer {
  const prefix = Buffer.alloc(prefixByteLength);
  prefix.writeUInt32BE(byteLength, 1);
  return prefix;
}

/** The messages of a body that comes in pieces cut anywhere. @throws TesseraError for one that is compressed, too long or cut off. */
export async function* messagesIn(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let parts: Buffer[] = [];
  let byteLength = 0;
  let wanted = prefixByteLength;
  for await (const piece of body) {
    parts.push(piece);
    byteLength += piece.byteLength;
    while (byteLength >= wanted) {
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      const end = prefixByteLength + bytes.readUInt32BE(1);
      if (bytes[0] !== 0) throw new TesseraError('unsupported', 'Compressed messages are not taken: send them as they are.');
      if (end > prefixByteLength + mostRequestByteLength) throw new TesseraError('resource_exhausted', `A message has at most ${mostRequestByteLength} bytes.`);
      wanted = end;
      parts = [bytes];
      if (byteLength < end) break;
      yield bytes.subarray(prefixByteLength, end);
      parts = [bytes.subarray(end)];
      byteLength -= end;
      wanted = prefixByteLength;
    }
  }
  if (byteLength > 0) throw new TesseraError('invalid_argument', 'The request ends within a message.');
}
