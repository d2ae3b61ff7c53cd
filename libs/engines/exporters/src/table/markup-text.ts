import type { TextSink } from './text-sink.ts';

const entities: Readonly<Record<number, Uint8Array>> = {
  38: Buffer.from('&amp;'), 60: Buffer.from('&lt;'), 62: Buffer.from('&gt;'), 34: Buffer.from('&quot;'), 39: Buffer.from('&#x27;'),
};
const isSpecial = new Uint8Array(256);
for (const byte of Object.keys(entities)) isSpecial[Number(byte)] = 1;

/** Text within markup. */
export function writeEscaped(sink: TextSink, utf8: Uint8Array, start: number, end: number): void {
  // No entity is longer.
  sink.reserve((end - start) * 6);
  const { bytes } = sink;
  let { at } = sink;
  for (let i = start; i < end; i++) {
    const byte = utf8[i]!;
    if (isSpecial[byte] === 0) bytes[at++] = byte;
    else for (const each of entities[byte]!) bytes[at++] = each;
  }
  sink.at = at;
}
