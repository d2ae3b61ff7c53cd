/** A part of a body of known length; `end` is the byte after the last. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header for one range of bytes (RFC 9110, section 14.2). Undefined =
 * send the whole: no header, another unit, several ranges, or not well formed.
 */
export function parseRange(header: string | undefined, byteLength: number): ByteSpan | 'unsatisfiable' | undefined {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match) return undefined;
  const [, first, last] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const suffix = Number(last);
    if (suffix === 0 || byteLength === 0) return 'unsatisfiable';
    return { start: Math.max(0, byteLength - suffix), end: byteLength };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= byteLength) return 'unsatisfiable';
  return { start, end: last === '' ? byteLength : Math.min(Number(last) + 1, byteLength) };
}
