/** A part of a body of known length; `end` is the byte after the last. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** What is asked for of a body whose length need not be known: up to the byte before `end`, or the last bytes. */
export type RangeSpec = { readonly start: number; readonly end?: number } | { readonly suffixByteLength: number };

/** Whoever asks for more ranges at once gets the whole. */
const maxRangeCount = 64;

/**
 * Reads a `Range` header for ranges of bytes (RFC 9110, section 14.2). Undefined = send the
 * whole: no header, another unit, too many ranges, or not well formed.
 */
export function parseRangeHeader(header: string | undefined): readonly RangeSpec[] | undefined {
  const list = header === undefined ? undefined : /^\s*bytes=(.*)$/.exec(header)?.[1];
  const items = list?.split(',', maxRangeCount + 1).map((item) => item.trim()).filter((item) => item !== '') ?? [];
  if (items.length === 0 || items.length > maxRangeCount) return undefined;
  const specs = items.map(parseSpec);
  return specs.every((spec) => spec !== undefined) ? specs as RangeSpec[] : undefined;
}

function parseSpec(item: string): RangeSpec | undefined {
  const match = /^(\d{0,15})-(\d{0,15})$/.exec(item);
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') return { suffixByteLength: Number(match[2]) };
  const start = Number(match[1]);
  if (match[2] === '') return { start };
  return Number(match[2]) < start ? undefined : { start, end: Number(match[2]) + 1 };
}

/** The parts of a body that are asked for, in order, those that touch each other as one. */
export function resolveRanges(specs: readonly RangeSpec[], byteLength: number): readonly ByteSpan[] | 'unsatisfiable' {
  const spans = specs.map((spec) => spanOf(spec, byteLength)).filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
  const merged: ByteSpan[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else merged.push(span);
  }
  return merged.length === 0 ? 'unsatisfiable' : merged;
}

function spanOf(spec: RangeSpec, byteLength: number): ByteSpan {
  if ('suffixByteLength' in spec) return { start: Math.max(0, byteLength - spec.suffixByteLength), end: byteLength };
  return { start: spec.start, end: Math.min(spec.end ?? byteLength, byteLength) };
}
