import type { FileType, TextField } from './datatype.ts';

/** Whole elements with their UCS-4 text written as UTF-8, NUL padded to the same length. */
export function withUtf8(elements: Uint8Array, { byteLength, texts }: FileType): Uint8Array {
  if (texts.length === 0) return elements;
  const copy = Buffer.from(elements);
  const view = new DataView(elements.buffer, elements.byteOffset, elements.byteLength);
  for (let start = 0; start < copy.byteLength; start += byteLength) for (const text of texts) rewrite(view, copy, start + text.byteOffset, text);
  return copy;
}

function rewrite(view: DataView, target: Buffer, at: number, { byteLength, isBigEndian }: TextField): void {
  let text = '';
  for (let offset = 0; offset < byteLength; offset += 4) {
    const code = view.getUint32(at + offset, !isBigEndian);
    text += code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? '\ufffd' : String.fromCodePoint(code);
  }
  target.fill(0, at, at + byteLength);
  target.write(text.replace(/\0+$/, ''), at, byteLength, 'utf8');
}
