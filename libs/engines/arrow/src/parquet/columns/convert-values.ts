import type { ValueForm } from './value-form.ts';

/** Stored values of a fixed width in the form of Arrow's. */
export function convertValues(form: ValueForm, stored: Uint8Array, count: number): Uint8Array {
  if (form.kind === 'narrow') return narrowed(stored, count, form.byteWidth);
  return form.kind === 'decimal' ? widened(stored, count, form) : stored;
}

/** The low bytes of 32-bit integers. */
function narrowed(stored: Uint8Array, count: number, byteWidth: 1 | 2): Uint8Array {
  const values = new Uint8Array(count * byteWidth);
  for (let i = 0; i < count; i++) {
    values[i * byteWidth] = stored[i * 4]!;
    if (byteWidth === 2) values[i * 2 + 1] = stored[i * 4 + 1]!;
  }
  return values;
}

/** Two's complement of a greater width, little endian. */
function widened(stored: Uint8Array, count: number, { storedByteWidth, isBigEndian, byteWidth }: Extract<ValueForm, { kind: 'decimal' }>): Uint8Array {
  const values = new Uint8Array(count * byteWidth);
  for (let i = 0; i < count; i++) {
    const from = i * storedByteWidth;
    const to = i * byteWidth;
    for (let byte = 0; byte < storedByteWidth; byte++) values[to + byte] = stored[from + (isBigEndian ? storedByteWidth - 1 - byte : byte)]!;
    if (values[to + storedByteWidth - 1]! >= 128) values.fill(255, to + storedByteWidth, to + byteWidth);
  }
  return values;
}
