import { errorCodes, isTesseraError, toTesseraError } from '@tessera/domain';

/** A longer one would be beyond what clients take for headers, and hide the error. */
const mostMessageLength = 2_000;

/** Trailers that say that all is well. */
export const okTrailers: readonly (readonly [string, string])[] = [['grpc-status', '0']];

/** Trailers that report an error. What is not a TesseraError becomes `internal`, without what it says. */
export function statusTrailers(thrown: unknown): readonly (readonly [string, string])[] {
  const error = toTesseraError(thrown);
  return [['grpc-status', String(errorCodes[error.code].grpc)], ['grpc-message', percentEncoded(error.message.slice(0, mostMessageLength))]];
}

/** Whether it is our fault rather than the caller's. */
export function isOurFault(thrown: unknown): boolean {
  return !isTesseraError(thrown) || thrown.code === 'internal';
}

/** Printable ASCII but for the percent sign stands for itself (doc/PROTOCOL-HTTP2.md of grpc/grpc, "Status-Message"). */
function percentEncoded(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) encoded += byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return encoded;
}
